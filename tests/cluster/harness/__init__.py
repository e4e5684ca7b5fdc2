# SPDX-License-Identifier: Apache-2.0
"""Test clusters: nodes that systemd-nspawn boots on this host, and what one does to them."""
