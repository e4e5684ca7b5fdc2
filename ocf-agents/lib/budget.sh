# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# The time that an action may take. Pacemaker kills an agent at its action's time-out; an action that ends before can
# still clean up and say why.

# Seconds since boot, whole ones: what begins now may have begun nearly a second later.
now() {
	read -r uptime_ _ </proc/uptime
	echo "${uptime_%.*}"
}

# Ten seconds are kept back, or a third of a short time-out.
budget_begin() {
	BUDGET_TOTAL=$((${OCF_RESKEY_CRM_meta_timeout:-120000} / 1000))
	BUDGET_START=$(now)
	if [ "$BUDGET_TOTAL" -ge 30 ]; then
		BUDGET_END=$((BUDGET_START + BUDGET_TOTAL - 10))
	else
		BUDGET_END=$((BUDGET_START + BUDGET_TOTAL * 2 / 3))
	fi
}

# budget_until SECONDS PERCENT: when SECONDS from now, but not more than PERCENT of the action's whole time, are over.
budget_until() {
	until_=$(($(now) + $1 + 1))
	share_=$((BUDGET_START + BUDGET_TOTAL * $2 / 100))
	[ "$until_" -le "$share_" ] || until_=$share_
	[ "$until_" -le "$BUDGET_END" ] || until_=$BUDGET_END
	echo "$until_"
}

is_over() {
	[ "$(now)" -ge "${1:-0}" ]
}
