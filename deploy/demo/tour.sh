#!/usr/bin/env bash
# The tour of the README: watch, check in, book, with curl against a running
# demo system.
#   deploy/demo/tour.sh [http://localhost:8080]
set -euo pipefail
api=${1:-http://localhost:8080}/api/v1

# call METHOD PATH TOKEN [BODY]: prints the answer, fails on a refusal
call() {
	curl -sS --fail-with-body -X "$1" "$api$2" -H "Authorization: Bearer $3" -H 'Content-Type: application/json' ${4:+-d "$4"}
}
# member NAME: the first member of that name in the JSON on standard input
member() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }
login() { call POST /login none "{\"code\":\"$1\"}" | member token; }

echo '== A parent logs in; who is my child?'
parent=$(login demo-parent)
me=$(call GET /me "$parent")
child=$(grep -o '"children":.*' <<<"$me" | member id)
class=$(grep -o '"children":.*' <<<"$me" | member classId)
echo "child $child of class $class"

echo '== 1. Watch a lesson of 20 seconds, in real time'
lessons=$(call GET "/lessons?side=pupil&pupilId=$child" "$parent")
lesson=$(grep -o '"id":"[0-9]*"[^}]*"durationSeconds":20,' <<<"$lessons" | member id)
county=$(login demo-county)
unit=$(call GET /me "$county" | member unitId)
call GET "/lessons/$lesson/tally?unitId=$unit" "$county" && echo
watch=$(call POST "/lessons/$lesson/watches" "$parent" "{\"pupilId\":\"$child\"}" | member id)
echo '-- the whole lesson at once earns nothing:'
call POST "/watches/$watch/reports" "$parent" '{"seq":1,"position":20,"rate":1,"segments":[[0,20]]}' && echo
echo '-- honestly, a report every five seconds:'
for seq in 2 3 4 5; do
	sleep 5
	to=$((5 * (seq - 1)))
	call POST "/watches/$watch/reports" "$parent" "{\"seq\":$seq,\"position\":$to,\"rate\":1,\"segments\":[[$((to - 5)),$to]]}" && echo
done
call GET "/lessons/$lesson/tally?unitId=$unit" "$county" && echo

echo '== 2. Check in to the lecture that is open now'
teacher=$(login demo-teacher)
session=$(call GET /lecture-sessions "$parent" | grep -o '"id":"[0-9]*"[^}]*"status":"open"' | member id)
token=$(call GET "/lecture-sessions/$session/code" "$teacher" | member token)
call POST /check-ins "$parent" "{\"token\":\"$token\",\"pupilIds\":[\"$child\"]}" && echo
echo '-- a second time:'
call POST /check-ins "$parent" "{\"token\":\"$token\",\"pupilIds\":[\"$child\"]}" && echo

echo '== 3. Book for the child'
slot=$(call GET '/slots?limit=1' "$parent" | member id)
call POST /bookings "$parent" "{\"slotId\":\"$slot\",\"pupilId\":\"$child\",\"concern\":\"最近睡不好\",\"safety\":{\"selfHarm\":false}}" && echo
echo '-- the sibling wants the same slot:'
sibling=$(grep -o '"children":.*' <<<"$me" | grep -o '"id":"[0-9]*"' | sed -n 2p | cut -d'"' -f4)
call POST /bookings "$parent" "{\"slotId\":\"$slot\",\"pupilId\":\"$sibling\",\"safety\":{\"selfHarm\":false}}" 2>/dev/null | cut -c1-330 || true
