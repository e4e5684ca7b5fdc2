# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Starting a target's server process (TARGET and SHEEN_RUN_DIR are set). It goes to the background when the target serves, or says in one line why it
# does not, so that launching it is all the waiting there is.

ENVIRONMENT_FILE=$SHEEN_RUN_DIR/$TARGET.env
ERROR_FILE=$SHEEN_RUN_DIR/$TARGET.error
EXPECTED_FILE=$SHEEN_RUN_DIR/$TARGET.expected
UNIT=sheen-target@$TARGET.service

# For serve-target, which may be run by systemd.
describe_target() {
	mkdir -p "$SHEEN_RUN_DIR"
	cat >"$ENVIRONMENT_FILE" <<END
SHEEN_PROGRAM=$(program_of "$TARGET")
SHEEN_DIRECTORY=$DIRECTORY
SHEEN_LOG_LEVEL=$OCF_RESKEY_loglevel
SHEEN_RESOURCE=$OCF_RESOURCE_INSTANCE
SHEEN_ARGUMENTS=$OCF_RESKEY_arguments
END
}

# Between a start that succeeded and the stop: a target that is gone is missed.
expect_target() {
	: >"$EXPECTED_FILE"
}

is_expected() {
	[ -e "$EXPECTED_FILE" ]
}

expect_no_target() {
	rm -f "$EXPECTED_FILE"
}

# The last of a stop.
forget_target() {
	[ -n "$TARGET" ] || return 0
	if [ "$OCF_RESKEY_launcher" = systemd ] && have_binary systemctl; then
		# For those who look at units only: a systemd that does not answer must not cost the node its life.
		run_bounded 5 systemctl reset-failed "$UNIT" >/dev/null 2>&1
	fi
	rm -f "$EXPECTED_FILE" "$ENVIRONMENT_FILE" "$ERROR_FILE" "$SHEEN_RUN_DIR/$TARGET.pid" "$MOUNT_FILE" "$SAID_FILE" "$CHILD_FILE".*
	forget_monitors
	return 0
}

launch() {
	describe_target
	rm -f "$ERROR_FILE"
	if [ "$OCF_RESKEY_launcher" = systemd ]; then
		systemctl start "$UNIT" >/dev/null 2>&1 && return 0
	else
		setsid "$SHEEN_AGENT_LIB/serve-target" "$TARGET" >/dev/null 2>&1 </dev/null && return 0
	fi
	why_=$(tail -n 1 "$ERROR_FILE" 2>/dev/null)
	ocf_exit_reason "$TARGET did not start: ${why_:-see the log of $UNIT}"
	return 1
}
