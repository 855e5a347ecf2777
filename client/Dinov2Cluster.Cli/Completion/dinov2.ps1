# Completes dinov2 in PowerShell. Load it with: dinov2 completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName dinov2 -ScriptBlock {
    param($word, $command, $cursor)
    # Up to the cursor, independent of how the command was called.
    $name = $command.CommandElements[0].Extent
    $end = $cursor - $name.EndOffset
    $rest = $command.Extent.Text.Substring($name.EndOffset - $command.Extent.StartOffset).PadRight([Math]::Max($end, 0)).Substring(0, [Math]::Max($end, 0))
    $line = "dinov2$rest"
    # Options only after a dash: elsewhere files are more useful.
    dinov2 "[suggest:$($line.Length)]" $line 2>$null | Where-Object { $_ -like "$word*" -and ($_ -notlike '-*' -or $word -like '-*') } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
