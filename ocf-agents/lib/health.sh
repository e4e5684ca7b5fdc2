# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# How a target is. The server process checks itself and publishes what it found on its admin socket; here it is only
# read, so that a monitor never waits for a disk or the network.

# Sets PONG to the answer, lines of NAME=VALUE (sheen ping --plain).
ask_target() {
	PONG=$(sheen ping --plain --timeout "$OCF_RESKEY_ping_timeout" "$TARGET" 2>&1)
}

pong() {
	echo "$PONG" | sed -n "s/^$1=//p"
}

# check_serves [quietly]: it accepts connections.
check_serves() {
	if ask_target; then
		case "$(pong state)" in
		up | recovering) return 0 ;;
		esac
	fi
	[ "$1" = quietly ] || ocf_exit_reason "$TARGET does not serve: $(echo "$PONG" | tail -n 1)"
	return 1
}

# Pacemaker (2.1) goes on taking a recurring monitor for pending if the first it hears of it is "degraded", and whoever waits
# for the cluster to settle (pcs resource move, pcs --wait) waits with it, minutes for the deeper levels. So the first
# monitor of each interval after a start or a probe does not say so.
MONITORED=$SHEEN_RUN_DIR/$TARGET.monitored

forget_monitors() {
	rm -f "$MONITORED".*
}

remember_monitor() {
	touch "$MONITORED.$OCF_RESKEY_CRM_meta_interval"
}

degraded() {
	if [ ! -e "$MONITORED.$OCF_RESKEY_CRM_meta_interval" ]; then
		ocf_log info "$1"
		return "$OCF_SUCCESS"
	fi
	ocf_exit_reason "$1"
	return "${OCF_DEGRADED:-190}"
}

# check_health LEVEL
check_health() {
	ask_target
	case $? in
	0) ;;
	126 | 127) # an upgrade under way, a library that is missing: no reason to stop who serves
		degraded "$TARGET has a server process, but the program sheen does not run: nobody knows how it is"
		return
		;;
	*)
		ocf_exit_reason "$TARGET does not answer: $(echo "$PONG" | tail -n 1)"
		return "$OCF_ERR_GENERIC"
		;;
	esac
	if [ "$(pong state)" = starting ]; then
		ocf_exit_reason "$TARGET is starting and does not serve yet"
		return "$OCF_ERR_GENERIC"
	fi
	if [ "$(pong lane_age_ms)" -ge $((OCF_RESKEY_lane_timeout * 1000)) ]; then
		ocf_exit_reason "$TARGET has not handled anything for $(($(pong lane_age_ms) / 1000)) s: it hangs, or its storage does"
		return "$OCF_ERR_GENERIC"
	fi
	if [ "$1" -ge 10 ] && [ "$(pong store_age_ms)" -ge $((OCF_RESKEY_lane_timeout * 1000)) ]; then
		ocf_exit_reason "$TARGET has not reached its storage for $(($(pong store_age_ms) / 1000)) s"
		return "$OCF_ERR_GENERIC"
	fi
	if [ "$1" -ge 20 ]; then
		check_writing || return
	fi
	degraded_=$(pong degraded)
	if [ -n "$degraded_" ]; then
		degraded "$TARGET: $degraded_"
		return
	fi
	return "$OCF_SUCCESS"
}

# The server writes, syncs and reads back a file of its own; asked to, and then asked whether it has.
check_writing() {
	budget_begin
	before_=$(pong probes)
	sheen ping --plain --probe --timeout "$OCF_RESKEY_ping_timeout" "$TARGET" >/dev/null 2>&1
	while ask_target; do
		if [ "$(pong probes)" -gt "$before_" ]; then
			failed_=$(pong probe_error)
			[ -n "$failed_" ] || return 0
			ocf_exit_reason "$TARGET cannot write to its storage: $failed_"
			return "$OCF_ERR_GENERIC"
		fi
		is_over "$BUDGET_END" && break
		sleep 0.2
	done
	ocf_exit_reason "$TARGET cannot write to its storage: nothing was made durable in time"
	return "$OCF_ERR_GENERIC"
}
