# Completes dinov2 in bash. Load it with: source <(dinov2 completion bash)
_dinov2() {
    local word="$2" suggestion
    # Up to the cursor, independent of how the command was called.
    local line="dinov2${COMP_LINE:${#COMP_WORDS[0]}:COMP_POINT-${#COMP_WORDS[0]}}"
    COMPREPLY=()
    while IFS= read -r suggestion; do
        # Options only after a dash: elsewhere files are more useful.
        if [[ $suggestion == "$word"* && ($suggestion != -* || $word == -*) ]]; then
            COMPREPLY+=("$suggestion")
        fi
    done < <(dinov2 "[suggest:${#line}]" "$line" 2>/dev/null)
}
complete -o default -F _dinov2 dinov2
