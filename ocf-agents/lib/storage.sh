# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Mounting and unmounting a target's file system. What is mounted is read from /proc/self/mountinfo (proc(5)), which
# never waits for a disk.

# What was mounted by us, for when the device is called otherwise by now (another path to the same disk).
MOUNT_FILE=$SHEEN_RUN_DIR/$TARGET.mount
# What a program said that may be left behind: a pipe would be waited for as long as it lives.
SAID_FILE=$SHEEN_RUN_DIR/$TARGET.said
# CHILD_FILE.PID: when a program that this agent started began; until its end was seen.
CHILD_FILE=$SHEEN_RUN_DIR/$TARGET.child

# Sets MOUNTED_NUMBER ("7:3") to what lies on top at the target's directory; false if nothing does.
something_is_mounted() {
	# The kernel names it without symbolic links. The last part is the mount itself, which is not looked at.
	point_=${DIRECTORY%/}
	parent_=${point_%/*}
	point_=$(realpath -m -- "${parent_:-/}" 2>/dev/null || printf '%s' "$parent_")/${point_##*/}
	point_=$(printf '%s' "$point_" | sed 's,//*,/,g; s,\(.\)/$,\1,; s,\\,\\134,g; s, ,\\040,g; s,	,\\011,g')
	MOUNTED_NUMBER=
	while read -r _ _ number_ _ where_ _; do
		[ "$where_" != "$point_" ] || MOUNTED_NUMBER=$number_
	done </proc/self/mountinfo
	[ -n "$MOUNTED_NUMBER" ]
}

device_number() {
	numbers_=$(stat -L -c '%t %T' "$DEVICE" 2>/dev/null) || return
	echo "$((0x${numbers_% *})):$((0x${numbers_#* }))"
}

# The target's device is mounted on its directory. If the device has gone, whatever is mounted there is taken for it.
is_mounted() {
	something_is_mounted || return
	ours_=
	read -r ours_ 2>/dev/null <"$MOUNT_FILE"
	[ "$MOUNTED_NUMBER" != "$ours_" ] || return 0
	wanted_number_=$(device_number) || return 0
	[ "$MOUNTED_NUMBER" = "$wanted_number_" ]
}

# Another target's agent has mounted the device on this node (its label is in OTHER_TARGET): `device` is wrong, or another name
# of the same disk. What that one mounted is not ours to use or to end.
is_of_another_target() {
	number_=$(device_number) || return
	for file_ in "$MOUNT_FILE" "$SHEEN_RUN_DIR"/*.mount; do
		read -r theirs_ 2>/dev/null <"$file_" || continue
		[ "$theirs_" = "$number_" ] || continue
		OTHER_TARGET=${file_##*/}
		OTHER_TARGET=${OTHER_TARGET%.mount}
		[ "$OTHER_TARGET" != "$TARGET" ]
		return
	done
	return 1
}

# Where the target's file system is mounted, the latest mount last: on its directory, perhaps under something else, and
# wherever somebody mounted it to look into it. As the kernel writes it: a space is \040. A device that is called otherwise
# by now is known on the directory only: its old number may be another's.
mount_points() {
	something_is_mounted
	ours_=
	read -r ours_ 2>/dev/null <"$MOUNT_FILE"
	if ! wanted_number_=$(device_number) && [ -z "$ours_" ]; then
		[ -z "$MOUNTED_NUMBER" ] || echo "$point_"
		return
	fi
	! is_of_another_target || wanted_number_=
	while read -r _ _ number_ _ where_ _; do
		case "$number_ $where_" in
		"$wanted_number_ "* | "$ours_ $point_") echo "$where_" ;;
		esac
	done </proc/self/mountinfo
}

# The kernel has the file system still, though it was mounted by us and is mounted nowhere: after umount --lazy, or in
# another namespace. It goes on writing until it is really gone.
superblock_lives() {
	[ -e "$MOUNT_FILE" ] || return 1
	run_bounded 5 "$SHEEN_AGENT_LIB/is-claimed" "$DEVICE" 2>/dev/null
	case $? in
	0 | 124) return 0 ;;
	1) return 1 ;;
	esac
	# The device is called otherwise by now, or has gone.
	number_=$(device_number) || read -r number_ <"$MOUNT_FILE"
	name_=$(readlink "/sys/dev/block/$number_") || return 1
	name_=${name_##*/}
	[ -d "/sys/fs/ext4/$name_" ] || [ -d "/sys/fs/xfs/$name_" ]
}

# In the ticks that it counts them in; nothing if there is no such process.
start_time() {
	read -r stat_ 2>/dev/null <"/proc/$1/stat" || return
	# shellcheck disable=SC2086 # numbers; the name before them may hold anything
	set -- ${stat_##*) }
	echo "${20}"
}

is_own_child() {
	read -r began_ 2>/dev/null <"$CHILD_FILE.$1" && [ "$began_" = "$(start_time "$1")" ]
}

# storage_pids ours|others: programs that have the target's device in their hands, started by this agent or by somebody
# else. One of ours that hangs in the kernel outlives the action that started it, and may yet mount, or still write: while it
# lives, the target is not gone from this node. On its way out it has lost its environment and writes back what it wrote; the
# note of its start is for then. An administrator's e2fsck is not ours to end.
storage_pids() {
	[ -n "$DEVICE" ] || return 0
	for comm_ in /proc/[0-9]*/comm; do
		read -r name_ 2>/dev/null <"$comm_" || continue
		case "$name_" in mount | umount | e2fsck | fsck.ext4 | blkid) ;; *) continue ;; esac
		pid_=${comm_#/proc/}
		pid_=${pid_%/comm}
		whose_=
		if is_own_child "$pid_" || grep -Fxqz -e "SHEEN_STORAGE_OF=$TARGET" "/proc/$pid_/environ" 2>/dev/null; then
			whose_=ours
		elif grep -Fxqz -e "$DEVICE" -e "$DIRECTORY" "/proc/$pid_/cmdline" 2>/dev/null; then
			whose_=others
		fi
		if [ "$whose_" = "$1" ] && is_alive "$pid_"; then
			echo "$pid_"
		fi
	done
}

# Nothing of the target's storage is in use on this node.
storage_is_gone() {
	[ -z "$DEVICE" ] || { [ -z "$(mount_points)" ] && [ -z "$(storage_pids ours)" ] && ! superblock_lives; }
}

end_storage_programs() {
	pids_=$(storage_pids ours)
	[ -n "$pids_" ] || return 0
	# shellcheck disable=SC2086 # a list
	{
		signal_all KILL $pids_
		wait_gone "$BUDGET_END" $pids_ && return 0
	}
	ocf_exit_reason "$DEVICE is still in the hands of process $pids_, which cannot be killed: its storage does not answer"
	return 1
}

device_is_there() {
	[ -b "$DEVICE" ] && return 0
	ocf_exit_reason "$DEVICE is not a block device on this node (yet)"
	return "$OCF_ERR_GENERIC"
}

# run_bounded SECONDS COMMAND...: a command that hangs in the kernel, where no signal reaches it, is left behind, and can be
# told from others' by its environment.
run_bounded() {
	until_=$(($(now) + $1))
	shift
	SHEEN_STORAGE_OF=$TARGET "$@" &
	child_=$!
	start_time "$child_" 2>/dev/null >"$CHILD_FILE.$child_"
	while is_alive "$child_"; do
		if is_over "$until_"; then
			kill -s KILL "$child_" 2>/dev/null
			return 124
		fi
		sleep 0.05
	done
	rm -f "$CHILD_FILE.$child_"
	wait "$child_"
}

# A third of the action's time for each step that waits for the disk: there must be some left to say so.
step_time() {
	step_=$((BUDGET_TOTAL / 3))
	[ "$step_" -ge 1 ] || step_=1
	echo "$step_"
}

# mkfs.sheen names a file system after its target, on XFS with as much of the fsname as there is room for in 12 characters.
# Another target's may be mounted on the other node just now: it is not even checked. What has some other name was renamed.
may_be_named() {
	program_of "$1" >/dev/null || return 0
	index_=${TARGET##*-}
	[ "$1" = "$TARGET" ] || [ "$1" = "$(printf "%.$((11 - ${#index_}))s" "${TARGET%-*}")-$index_" ]
}

# ext4 replays its journal and mends what it safely can; XFS does all of that when it is mounted.
preen() {
	[ "$1" = ext4 ] || return 0
	run_bounded "$(step_time)" e2fsck -p "$DEVICE" >"$SAID_FILE" 2>&1
	case $? in
	0 | 1) return 0 ;;
	2) return 0 ;; # "reboot": of a mounted root only
	124) ocf_exit_reason "e2fsck -p $DEVICE does not end: its storage does not answer, or it needs more time" ;;
	*) ocf_exit_reason "e2fsck -p $DEVICE: $(tail -n 1 "$SAID_FILE")" ;;
	esac
	return 1
}

mount_storage() {
	[ -n "$DEVICE" ] || return 0
	device_is_there || return
	if something_is_mounted; then
		is_mounted && return 0
		ocf_exit_reason "something else than $DEVICE is mounted on $DIRECTORY"
		return 1
	fi
	mkdir -p "$SHEEN_RUN_DIR" || return
	if is_of_another_target; then
		ocf_exit_reason "$DEVICE is mounted here as the device of $OTHER_TARGET"
		return 1
	fi
	pids_=$(storage_pids ours)
	if [ -n "$pids_" ]; then
		ocf_exit_reason "$DEVICE is in the hands of process $pids_, from an attempt before"
		return 1
	fi
	pids_=$(storage_pids others)
	if [ -n "$pids_" ]; then
		ocf_exit_reason "$DEVICE is in the hands of process $pids_, which Pacemaker did not start: wait for its end"
		return 1
	fi
	run_bounded "$(step_time)" blkid -p -o export -s TYPE -s LABEL "$DEVICE" >"$SAID_FILE" 2>/dev/null
	if [ $? -eq 124 ]; then
		ocf_exit_reason "$DEVICE does not answer"
		return 1
	fi
	type_=$(sed -n 's/^TYPE=//p' "$SAID_FILE")
	label_=$(sed -n 's/^LABEL=//p' "$SAID_FILE")
	case "$type_" in
	ext4 | xfs) ;;
	*)
		ocf_exit_reason "$DEVICE holds ${type_:-nothing}, not ext4 or XFS: was it formatted with mkfs.sheen?"
		return 1
		;;
	esac
	if ! may_be_named "$label_"; then
		ocf_exit_reason "$DEVICE holds $label_, not $TARGET"
		return 1
	fi
	preen "$type_" || return
	if ! mkdir -p "$DIRECTORY"; then
		ocf_exit_reason "$DIRECTORY cannot be made"
		return 1
	fi
	run_bounded "$(step_time)" mount -t "$type_" -o "$OCF_RESKEY_options" "$DEVICE" "$DIRECTORY" >"$SAID_FILE" 2>&1
	case $? in
	0) ;;
	124)
		ocf_exit_reason "$DEVICE cannot be mounted: its storage does not answer"
		return 1
		;;
	*)
		ocf_exit_reason "$DEVICE cannot be mounted: $(head -n 1 "$SAID_FILE")"
		return 1
		;;
	esac
	if is_mounted; then
		echo "$MOUNTED_NUMBER" >"$MOUNT_FILE"
		MOUNTED_ANEW=yes
		return 0
	fi
	ocf_exit_reason "$DEVICE was mounted on $DIRECTORY and is not there"
	umount "$DIRECTORY" 2>/dev/null
	return 1
}

# What is in the directory is the target that was meant, and not the empty directory under a mount that is missing.
check_identity() {
	file_=$DIRECTORY/target.toml
	if [ ! -r "$file_" ]; then
		ocf_exit_reason "there is no target in $DIRECTORY${DEVICE:+ of $DEVICE}: is its file system mounted?"
		return 1
	fi
	label_=$(sed -n "s/^label *= *['\"]\([^'\"]*\)['\"].*/\1/p" "$file_")
	uuid_=$(sed -n "s/^uuid *= *['\"]\([^'\"]*\)['\"].*/\1/p" "$file_")
	if [ "$label_" != "$TARGET" ]; then
		ocf_exit_reason "$DIRECTORY holds ${label_:-nothing}, not $TARGET"
		return 1
	fi
	if [ -n "$OCF_RESKEY_uuid" ] && [ "$uuid_" != "$OCF_RESKEY_uuid" ]; then
		ocf_exit_reason "$TARGET in $DIRECTORY has uuid $uuid_, not $OCF_RESKEY_uuid: it was formatted anew"
		return 1
	fi
}

# A process that failed to make something durable leaves a note (lib/target/lost_writes.h) and does not start again before
# its file system was unmounted, checked and mounted: as it was now.
forget_lost_writes() {
	[ -z "$MOUNTED_ANEW" ] || [ -z "$uuid_" ] || rm -f "$SHEEN_RUN_DIR/$uuid_.lost-writes"
}

# Never lazily: a mount that is only hidden still writes. And not before umount(8) itself has ended: what it unmounts is out
# of the kernel's list at once, and is written back after that.
unmount_storage() {
	[ -n "$DEVICE" ] || return 0
	patience_=3
	while points_=$(mount_points) && [ -n "$points_" ]; do
		# shellcheck disable=SC2059 # the kernel's \040 is a space again
		place_=$(printf "$(printf '%s' "$points_" | tail -n 1 | sed 's/%/%%/g')")
		left_=$((BUDGET_END - $(now)))
		[ "$left_" -ge 1 ] || left_=1
		run_bounded "$left_" umount "$place_" >/dev/null 2>&1
		case $? in
		0) continue ;;
		124) break ;;
		esac
		if is_over "$BUDGET_END"; then
			ocf_exit_reason "$place_ cannot be unmounted: $(users_of_mount "$place_")"
			return 1
		fi
		# A shell that somebody left in there must not cost the node its life.
		if [ "$patience_" -gt 0 ]; then
			run_bounded 5 fuser -k -TERM -m -M "$place_" >/dev/null 2>&1
		else
			run_bounded 5 fuser -k -KILL -m -M "$place_" >/dev/null 2>&1
		fi
		patience_=$((patience_ - 1))
		sleep 0.3
	done
	until storage_is_gone; do
		if is_over "$BUDGET_END"; then
			ocf_exit_reason "$DIRECTORY is not unmounted in time: $(why_not_gone)"
			return 1
		fi
		sleep 0.2
	done
}

why_not_gone() {
	if [ -z "$(mount_points)$(storage_pids ours)" ]; then
		echo "it is mounted nowhere and still in use (umount --lazy, or another namespace)"
	else
		echo "its storage does not answer, or has much to write"
	fi
}

users_of_mount() {
	users_=$(run_bounded 5 fuser -m -M "$1" 2>/dev/null)
	if [ $? -eq 127 ]; then
		echo "it is in use, by whom is not known without fuser (psmisc)"
	elif [ -n "$users_" ]; then
		echo "in use by process$users_"
	else
		echo "no process uses it; another mount or a loop device may, or its storage does not answer"
	fi
}
