#!/usr/bin/env bash
# Install Debian's Slurm and munge where that is allowed; the tests are skipped, with the reason, where it is not.
set -euo pipefail

found() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" > /dev/null; }

if found slurmctld && found slurmd && found munged && found sbatch; then
    exit 0
fi
if ! command -v apt-get > /dev/null; then
    echo "test-slurm: no apt-get here; install slurmctld, slurmd and munge yourself" >&2
    exit 0
fi
as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! sudo -n true 2> /dev/null; then
        echo "test-slurm: installing needs root; ask for the packages slurmctld, slurmd, slurm-client and munge" >&2
        exit 0
    fi
    as_root=(sudo -n)
fi

# Debian starts what it installs; the tests bring their own daemons, so those must not start where none ran
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" > /dev/null
    "${as_root[@]}" chmod +x "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get update -qq && apt-get install -qq --no-install-recommends slurmctld slurmd slurm-client munge' > /dev/null; then
    echo "test-slurm: apt-get could not install Slurm; its own lines above say why" >&2
fi
