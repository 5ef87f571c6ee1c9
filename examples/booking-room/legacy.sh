#!/bin/sh
# Books a room over the legacy calls, every one of the twelve at least once. Needs a server with the process deployed:
#
#   make run                                  # or: bpmgrpc serve --deploy …/booking-room.bpmn --app booking
#   sh examples/booking-room/legacy.sh        # BASE=http://host:port/base names another server
#
# Rule of this file: each call is shown with its answer, and the first answer that is not as expected ends the script.
set -eu
BASE=${BASE:-http://127.0.0.1:8080/BPMREST/service/runtime}
APP=${APP:-booking}

# call VERB PATH [BODY]: makes a call; its answer is in $answer. Ends the script unless the answer's code is $expected.
expected=0
call() {
    printf '\n%s %s\n' "$1" "$2"
    if [ $# -gt 2 ]; then
        printf '%s\n' "$3"
        answer=$(curl -sS -X "$1" "$BASE/$2" -H 'Content-Type: application/json' -d "$3")
    else
        answer=$(curl -sS -X "$1" "$BASE/$2")
    fi
    printf '%s\n' "$answer"
    has "\"code\":$expected,\"timestamp\":"
}

# refused CODE VERB PATH [BODY]: makes a call that must fail with this code.
refused() {
    expected=$1
    shift
    call "$@"
    expected=0
}

# has TEXT…: ends the script unless the answer holds each text.
has() {
    for text in "$@"; do
        case $answer in
            *"$text"*) ;;
            *)
                printf 'not in the answer: %s\n' "$text" >&2
                exit 1
                ;;
        esac
    done
}

# started: prints the instance id in the answer of a start. last_task: prints the id of the last task in a list.
started() { printf '%s\n' "$answer" | sed -n 's/^{"data":"\([A-Za-z0-9_-]*\)".*/\1/p'; }
last_task() { printf '%s\n' "$answer" | sed -n 's/.*"id":"\([A-Za-z0-9_-]*\)"}].*/\1/p'; }

echo '=== 1. start, with an empty object'
version="\"appName\":\"$APP\",\"snapVersion\":\"v.0.2.0\""
call POST process/start "{\"processName\":\"booking room\",$version,\"object\":{}}"
instance=$(started)

echo && echo '=== 5. tasks of the instance'
call GET "instance/$instance/tasks"
has '"name":"Choose room"' '"assignee":null' '"priority":60' '"totalRecordCount":1'
task=$(last_task)

echo && echo '=== 6. tasks of a user, a role, a group (a role code is good for a group, too)'
for filter in user=ann role=R0003 group=R0003; do
    call GET "tasks?$filter"
    has "\"id\":\"$task\""
done

echo && echo '=== 3. claim: ann has the task, so bob cannot; unclaim: it is open again'
call POST "tasks/$task/claim?user=ann"
refused 9 POST "tasks/$task/claim?user=bob"
refused 7 POST "tasks/$task/unclaim?user=bob"
call POST "tasks/$task/unclaim?user=ann"

echo && echo '=== 8. assign: offer the task to bob alone. 9. assign all tasks of the instance: to ann and bob again'
call POST "tasks/$task/assign?user=bob"
refused 7 POST "tasks/$task/claim?user=ann"
call POST "instance/$instance/tasks/assign?user=ann&user=bob"
call POST "tasks/$task/claim?user=ann"

echo && echo '=== 4. complete: the room is taken, so the process goes back to the choice'
call POST "tasks/$task/complete?user=ann" '{"RoomObject":{"number":"101","status":"booked","price":1200.50}}'
refused 9 POST "tasks/$task/complete?user=ann"
call GET "instance/$instance/tasks"
has '"name":"Choose room"' '"totalRecordCount":1'
task=$(last_task)

echo && echo '=== 7. variables: those that are named, and all'
call POST "tasks/$task/variables" '["RoomObject"]'
has '"data":{"RoomObject":{"number":"101","status":"booked","price":1200.50}}'
call POST "tasks/$task/variables"
has '"roomStatus":"booked"'

echo && echo '=== 4. complete: another room, which is free'
call POST "tasks/$task/complete?user=bob" '{"RoomObject":{"number":"102","status":"free","price":990.00}}'
call GET "instance/$instance/tasks"
has '"name":"Add customer details"' '"loadlinkEntityId":"CUSTOMER"'
task=$(last_task)
call POST "tasks/$task/claim?user=ann"
call POST "tasks/$task/complete?user=ann" '{"CustomerInfo":{"name":"สมชาย ใจดี","phone":"+66 2 123 4567"}}'
call GET "instance/$instance/tasks"
has '"data":[]' '"totalRecordCount":0'

echo && echo '=== 2. start, deprecated: the body is the business objects, and the process goes to its end as well'
call POST process/booking%20room/start '{"RoomObject":{"number":"103"}}'
second=$(started)
call GET "instance/$second/tasks"
call POST "tasks/$(last_task)/complete?user=bob"
call GET "instance/$second/tasks"
call POST "tasks/$(last_task)/complete?user=ann"
call GET "instance/$second/tasks"
has '"data":[]'

echo && echo '=== 10. refreshCache. 11. classAction: refresh one process, ask for its file and its business objects'
call POST refreshCache
has '"data":"RefreshCache Success"'
call POST classAction "{\"fileNames\":[\"any.$APP.booking room.v.0.2.0.jar\"],\"event\":\"refresh\"}"
has '"responseStatus":"SUCCESS"' '"definitionSize":1'
call POST classAction "{\"processName\":\"booking room\",\"appName\":\"$APP\",\"event\":\"file\"}"
has '"name":"booking-room.bpmn"'
call POST classAction "{\"processName\":\"booking room\",\"appName\":\"$APP\",\"event\":\"generate\"}"
has '"RoomObject"' '"CustomerInfo"'

echo
echo "booked: instances $instance and $second are completed"
