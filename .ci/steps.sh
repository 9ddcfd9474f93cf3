# Runs and counts the steps of .ci/run, which sources this file. Needs the folder $work.
passed=0
failed=0

# Runs NAME COMMAND… and prints its output. A failure is counted, and printed again at the end.
run_step() {
  printf '\n=== %s\n' "$1"
  "${@:2}" 2>&1 | tee "$work/log" && return
  fail "$1"
  list_failures <"$work/log" >>"$work/failures"
  return 1
}

fail() {
  failed=$((failed + 1))
  printf '!!! failed: %s\n' "$1" | tee -a "$work/failures"
}

step() {
  run_step "$@" && passed=$((passed + 1))
}

# A step that counts its own tests: adds what the step's last line of that form says.
counted() {
  local status=0 ok bad
  run_step "$@" || status=1
  ok=$(last_count passed)
  bad=$(last_count failed)
  passed=$((passed + ok))
  if [ "$status" = 1 ]; then
    # The step is counted as one failure already.
    failed=$((failed + (bad > 1 ? bad - 1 : 0)))
  elif [ "$bad" -gt 0 ]; then
    fail "$1, which ended with 0 but counted $bad failed"
  elif [ "$ok" = 0 ]; then
    fail "$1, which counted no test"
  fi
}

last_count() {
  grep -aoE "[0-9]+ $1" "$work/log" | tail -n 1 | grep -oE '[0-9]+' || echo 0
}

# Prints the lines of a log that name what failed: of Vitest (FAIL), of reports (✗, and the indented message after it),
# of TAP, of Terraform's own tests, of the compiler and of npm run check, and the messages of errors. If there are none,
# prints the end of the log.
list_failures() {
  local text found
  text=$(sed $'s/\x1b\\[[0-9;]*m//g')
  found=$(awk '
    /^ *✗ / { print; details = 10; next }
    details > 0 && /^      / { print; details--; next }
    { details = 0 }
    /^ *(FAIL|not ok|!!!) / || /\.\.\. fail$/ || /error TS[0-9]+: / || /^Failed: / { print; next }
    /^[ │╷]*[A-Za-z]*Error( \[[A-Z_]+\])?: / { print }
  ' <<<"$text")
  [ -n "$found" ] || found=$(tail -n 20 <<<"$text")
  head -n 100 <<<"$found"
  local more=$(($(wc -l <<<"$found") - 100))
  [ "$more" -le 0 ] || echo "… and $more more lines, above"
}

# Begins npm run test:NAME in the background. Some tests wait for other processes most of the time, so other steps run at
# the same time.
begin() {
  in_background "$1" npm run "test:$1" -- "${@:2}"
}

in_background() {
  ("${@:2}" >"$work/$1.log" 2>&1; echo $? >"$work/$1.ending" && mv "$work/$1.ending" "$work/$1.status") &
  echo $! >"$work/$1.pid"
}

# Waits for what runs in the background, prints its output and returns its status. Not `wait`: a step is a subshell,
# whose child it is not.
end() {
  while [ ! -e "$work/$1.status" ] && kill -0 "$(cat "$work/$1.pid")" 2>/dev/null; do sleep 1; done
  cat "$work/$1.log"
  [ -e "$work/$1.status" ] || { echo "!!! test:$1 was killed"; return 1; }
  return "$(cat "$work/$1.status")"
}

# Prints what failed once more, because what is far above the last line is easily overlooked. Then the counts.
report() {
  [ ! -e "$work/failures" ] || { printf '\n=== failed\n'; cat "$work/failures"; }
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
