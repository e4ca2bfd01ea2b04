#!/usr/bin/env bash
# Backs up the database, with a checkpoint of the audit log beside it.
#   backup.sh DIR              DIR/TIME.sql.gz and DIR/TIME.checkpoint
#   backup.sh DIR COMMAND…     then runs COMMAND with the checkpoint as its input, to hand it to the unit above
# Run it where xinyu's settings are in the environment. XINYU and MARIADB_DUMP name the commands, such as
# "docker compose exec -T xinyu xinyu"; DATABASE names the database. Media and keyset are backed up apart from it.
# A log that is not as the last checkpoint states is backed up too, and makes the exit status 1.
set -euo pipefail
umask 077

read -ra xinyu <<<"${XINYU:-xinyu}"
read -ra dump <<<"${MARIADB_DUMP:-mariadb-dump}"

die() {
	echo "backup: $*" >&2
	exit 1
}

[[ $# -ge 1 && -d $1 ]] || die "usage: backup.sh DIR [COMMAND…]; DIR must be there"
dir=$1
shift
to=$dir/$(date -u +%Y%m%dT%H%M%SZ)
changed=0

# The last checkpoint that was kept: what was cut off since shows by it alone.
last=$(find "$dir" -maxdepth 1 -name '*.checkpoint' -size +0 | sort | tail -n 1)
if [[ -n $last ]]; then
	"${xinyu[@]}" audit verify -against /dev/stdin <"$last" >&2 || changed=1
fi

# Before the dump, which then holds all that the checkpoint covers.
"${xinyu[@]}" audit checkpoint >"$to.checkpoint.part" || [[ -z $last ]] || changed=1 # at first there may be none
"${dump[@]}" --single-transaction "${DATABASE:-xinyu}" | gzip >"$to.sql.gz.part"
mv "$to.sql.gz.part" "$to.sql.gz"
if [[ -s $to.checkpoint.part ]]; then
	mv "$to.checkpoint.part" "$to.checkpoint"
	if [[ $# -gt 0 ]]; then
		"$@" <"$to.checkpoint"
	fi
else
	rm "$to.checkpoint.part"
fi
[[ $changed == 0 ]] || die "the audit log is not as $last states: see above. The backup is made."
