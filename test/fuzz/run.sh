#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs fuzz targets one after another: run.sh out/fuzz SECONDS NAME_fuzz...
# New inputs and crashes stay in out/fuzz/NAME_fuzz.found, so that a later run goes
# on; the committed corpus, which each has, is only read. Stops at the first finding.
set -eu

dir=$1 seconds=$2
shift 2
for fuzzer; do
	name=${fuzzer%_fuzz}
	found=$dir/$fuzzer.found
	mkdir -p "$found"
	corpus=test/fuzz/corpus/$name
	echo "  FUZZ  $name ($seconds s)"
	"$dir/$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$found/crash-" \
		"$found" "$corpus" >"$dir/$name.log" 2>&1 || {
		tail -n 60 "$dir/$name.log"
		echo "fuzz: $name: failed; the input is $found/crash-*" >&2
		exit 1
	}
	grep -E '^stat::(number_of_executed_units|new_units_added)' "$dir/$name.log"
done
