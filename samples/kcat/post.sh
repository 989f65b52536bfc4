#!/usr/bin/env bash
# Posts one concern as a CloudEvent and waits for its receipt: post.sh REFERENCE NARRATIVE [SECONDS]
#
# Needs kcat and jq. Ends with 0 if the report was accepted, 1 if it was refused, 2 if no answer came in time.
set -euo pipefail

reference=$1 narrative=$2 seconds=${3:-30}
prefix=${SECTION42_TOPIC_PREFIX:-safeguarding.}
id="$reference-1" # one for each thing you say; the same again when you send it again

# The key keeps what you say of one concern in order.
jq -cn --arg id "$id" --arg reference "$reference" --arg narrative "$narrative" '{
    specversion: "1.0", id: $id, source: "/my-system", type: "safeguarding.concern.reported.v1",
    data: {sender: "my-system", reference: $reference, source: "care_home", narrative: $narrative}
}' | kcat -b "$KAFKA_BOOTSTRAP_SERVERS" -P -t "${prefix}concern-reports" -k "my-system/$reference" \
    -H content-type=application/cloudevents+json -X enable.idempotence=true

# Receipts are read from an hour ago on, whatever the two clocks say; ours is known by source and id.
since=$((($(date +%s) - 3600) * 1000))
coproc receipts { exec timeout "$seconds" kcat -b "$KAFKA_BOOTSTRAP_SERVERS" -C -q -u -t "${prefix}receipts" -o "s@$since"; }
reader=$receipts_PID
receipt=$(jq -cn --arg id "$id" 'first(inputs | select(
    (.accepted_source == "/my-system" and .accepted_id == $id) or
    (.refused_source == "/my-system" and .refused_id == $id)))' <&"${receipts[0]}")
kill "$reader" 2>/dev/null || true

if [ -z "$receipt" ]; then
    echo "no answer in $seconds s; sending it again does no harm"
    exit 2
fi
jq -r 'if .accepted_id then "accepted as concern \(.concern_id)", (.remarks[] | "remark \(.code): \(.says)")
    else .reasons[] | "refused \(.code): \(.says)" end' <<<"$receipt"
jq -e .accepted_id <<<"$receipt" >/dev/null
