# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Mounting and unmounting a target's file system. What is mounted is read from /proc/self/mountinfo (proc(5)), which
# never waits for a disk.

# Sets MOUNTED_NUMBER ("7:3") to what lies on top at the target's directory; false if nothing does.
something_is_mounted() {
	point_=$(printf '%s' "$DIRECTORY" | sed 's,//*,/,g; s,\(.\)/$,\1,; s,\\,\\134,g; s, ,\\040,g; s,	,\\011,g')
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
	wanted_number_=$(device_number) || return 0
	[ "$MOUNTED_NUMBER" = "$wanted_number_" ]
}

device_is_there() {
	[ -b "$DEVICE" ] && return 0
	ocf_exit_reason "$DEVICE is not a block device on this node (yet)"
	return "$OCF_ERR_GENERIC"
}

# run_bounded SECONDS COMMAND...: a command that hangs in the kernel, where no signal reaches it, is left behind.
run_bounded() {
	until_=$(($(now) + $1))
	shift
	"$@" &
	child_=$!
	while is_alive "$child_"; do
		if is_over "$until_"; then
			kill -s KILL "$child_" 2>/dev/null
			return 124
		fi
		sleep 0.05
	done
	wait "$child_"
}

# ext4 replays its journal and mends what it safely can; XFS does all of that when it is mounted.
preen() {
	[ "$1" = ext4 ] || return 0
	said_=$(e2fsck -p "$DEVICE" 2>&1)
	case $? in
	0 | 1) return 0 ;;
	2) return 0 ;; # "reboot": of a mounted root only
	esac
	ocf_exit_reason "e2fsck -p $DEVICE: $(echo "$said_" | tail -n 1)"
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
	type_=$(blkid -p -o value -s TYPE "$DEVICE" 2>/dev/null)
	case "$type_" in
	ext4 | xfs) ;;
	*)
		ocf_exit_reason "$DEVICE holds ${type_:-nothing}, not ext4 or XFS: was it formatted with mkfs.sheen?"
		return 1
		;;
	esac
	preen "$type_" || return
	if ! mkdir -p "$DIRECTORY"; then
		ocf_exit_reason "$DIRECTORY cannot be made"
		return 1
	fi
	if ! said_=$(mount -t "$type_" -o "$OCF_RESKEY_options" "$DEVICE" "$DIRECTORY" 2>&1); then
		ocf_exit_reason "$DEVICE cannot be mounted: $(echo "$said_" | head -n 1)"
		return 1
	fi
	is_mounted && return 0
	ocf_exit_reason "$DEVICE was mounted on $DIRECTORY and is not there"
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

# Never lazily: a mount that is only hidden still writes.
unmount_storage() {
	[ -n "$DEVICE" ] || return 0
	patience_=3
	while is_mounted; do
		run_bounded 20 umount "$DIRECTORY" >/dev/null 2>&1 && continue
		if is_over "$BUDGET_END"; then
			ocf_exit_reason "$DIRECTORY cannot be unmounted: $(users_of_mount)"
			return 1
		fi
		# A shell that somebody left in there must not cost the node its life.
		if [ "$patience_" -gt 0 ]; then
			run_bounded 5 fuser -k -TERM -m -M "$DIRECTORY" >/dev/null 2>&1
		else
			run_bounded 5 fuser -k -KILL -m -M "$DIRECTORY" >/dev/null 2>&1
		fi
		patience_=$((patience_ - 1))
		sleep 0.3
	done
}

users_of_mount() {
	users_=$(run_bounded 5 fuser -m -M "$DIRECTORY" 2>/dev/null)
	echo "${users_:+in use by process}${users_:-its storage does not answer}"
}
