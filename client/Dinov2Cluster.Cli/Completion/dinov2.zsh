#compdef dinov2
# Completes dinov2 in zsh. Load it with: source <(dinov2 completion zsh)
_dinov2() {
    # Up to the cursor, independent of how the command was called.
    local line="${(j: :)${(@)words[2,CURRENT-1]}}"
    line="dinov2${line:+ $line} $PREFIX"
    local -a suggestions=(${(f)"$(dinov2 "[suggest:${#line}]" "$line" 2>/dev/null)"})
    # Options only after a dash: elsewhere files are more useful.
    [[ $PREFIX == -* ]] || suggestions=(${suggestions:#-*})
    if (( $#suggestions )); then
        compadd -a suggestions
    else
        _files
    fi
}
compdef _dinov2 dinov2
