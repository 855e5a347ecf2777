# Completes dinov2 in fish. Load it with: dinov2 completion fish | source
function __dinov2_suggest
    # Up to the cursor, independent of how the command was called.
    set --local words (commandline --current-process --tokenize --cut-at-cursor)
    set --local word (commandline --current-token --cut-at-cursor)
    set --local line (string join ' ' -- dinov2 $words[2..] "$word")
    # Options only after a dash: elsewhere files are more useful.
    if string match --quiet -- '-*' "$word"
        dinov2 "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
    else
        dinov2 "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match --invert -- '-*'
    end
end
complete --command dinov2 --arguments '(__dinov2_suggest)'
