# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# The processes that serve a target. They are recognised by program and directory, and not by a remembered id, which may be
# another process's by now. One that is dying has lost its command line, while its threads may still write: that one is known
# by program and id.

program_of() {
	case "$1" in
	?*-MGT) echo sheen-mgs ;;
	?*-MDT[0-9a-f][0-9a-f][0-9a-f][0-9a-f]) echo sheen-mds ;;
	?*-OST[0-9a-f][0-9a-f][0-9a-f][0-9a-f]) echo sheen-oss ;;
	*) return 1 ;;
	esac
}

# One that has ended and was not waited for yet holds nothing any more, once its last thread has ended.
is_alive() {
	state_=
	while read -r key_ value_ _; do
		case "$key_" in
		State:) state_=$value_ ;;
		Threads:)
			case "$state_$value_" in Z1 | X*) return 1 ;; esac
			return 0
			;;
		esac
	done 2>/dev/null <"/proc/$1/status"
	return 1
}

target_pids() {
	wanted_=$(program_of "$TARGET") || return 0
	remembered_=
	read -r remembered_ 2>/dev/null <"$SHEEN_RUN_DIR/$TARGET.pid"
	for comm_ in /proc/[0-9]*/comm; do
		read -r name_ 2>/dev/null <"$comm_" || continue
		[ "$name_" = "$wanted_" ] || continue
		pid_=${comm_#/proc/}
		pid_=${pid_%/comm}
		words_=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid_/cmdline")
		if [ -n "$words_" ]; then
			printf '%s\n' "$words_" | grep -Fxq -e "$DIRECTORY" || continue
		else
			[ "$pid_" = "$remembered_" ] || continue
		fi
		if is_alive "$pid_"; then
			echo "$pid_"
		fi
	done
}

signal_all() {
	signal_=$1
	shift
	for pid_; do
		kill -s "$signal_" "$pid_" 2>/dev/null
	done
}

any_alive() {
	for pid_; do
		is_alive "$pid_" && return 0
	done
	return 1
}

# wait_gone WHEN PID...
wait_gone() {
	when_=$1
	shift
	while any_alive "$@"; do
		is_over "$when_" && return 1
		sleep 0.1
	done
}

# Ends them, in order if they can. Killing one is safe for what it serves: everything it has answered is in its files.
# It returns when none is left, so that none holds the target's lock.
end_processes() {
	pids_=$(target_pids)
	[ -n "$pids_" ] || return 0
	# shellcheck disable=SC2086 # a list
	{
		# One that is stopped does not see a signal before it goes on.
		signal_all TERM $pids_
		signal_all CONT $pids_
		wait_gone "$(budget_until "$OCF_RESKEY_stop_grace" 60)" $pids_ && return 0
		ocf_log warn "$TARGET does not end (process $pids_): aborting it"
		signal_all ABRT $pids_
		wait_gone "$(budget_until 5 80)" $pids_ && return 0
		ocf_log warn "$TARGET does not end (process $pids_): killing it"
		signal_all KILL $pids_
		wait_gone "$BUDGET_END" $pids_ && return 0
	}
	ocf_exit_reason "the server process of $TARGET cannot be killed (process $pids_): it hangs in its storage"
	return 1
}
