/** What each shell needs. They hold no names: every TAB asks `telltale __complete`, which knows the table of commands. */

/** Bash parts words at ":" and "=" (COMP_WORDBREAKS): they are put together again, and the answer taken apart. */
const bash = String.raw`# bash completion of telltale, made by "telltale completion bash"
_telltale() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words=() typed part answer candidate shell=:nothing
  read -ra words <<< "$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  typed=${'$'}{words[-1]}
  part=${'$'}{COMP_WORDS[COMP_CWORD]}
  if [[ $part == [:=] ]]; then part=; fi
  COMPREPLY=()
  while IFS= read -r answer; do
    if [[ $answer == :* ]]; then shell=$answer; continue; fi
    candidate=${'$'}{answer%%$'\t'*}
    COMPREPLY+=("${'$'}{candidate:${'$'}{#typed}-${'$'}{#part}}")
  done < <("${'$'}{COMP_WORDS[0]/#\~/$HOME}" __complete "${'$'}{words[@]:1}" 2> /dev/null)
  case $shell in
    :files) mapfile -t -O "${'$'}{#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$part"); compopt -o filenames 2> /dev/null ;;
    :folders) mapfile -t -O "${'$'}{#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$part"); compopt -o filenames 2> /dev/null ;;
  esac
}
complete -F _telltale telltale
`;

const zsh = String.raw`#compdef telltale
# zsh completion of telltale, made by "telltale completion zsh"
_telltale() {
  local -a shown
  local line shell=:nothing tab=$'\t'
  while IFS= read -r line; do
    if [[ $line == :* ]]; then shell=$line; continue; fi
    # _describe parts value and words at a colon.
    shown+=("${'$'}{${'$'}{line%%$tab*}//:/\\:}:${'$'}{line#*$tab}")
  done < <("${'$'}{(Q)words[1]}" __complete "${'$'}{(@Q)words[2,CURRENT]}" 2> /dev/null)
  (( $#shown )) && _describe -V telltale shown
  case $shell in
    :files) compset -P '--*='; _files ;;
    :folders) compset -P '--*='; _files -/ ;;
  esac
}
if [[ $funcstack[1] == _telltale ]]; then _telltale "$@"; else compdef _telltale telltale; fi
`;

const fish = String.raw`# fish completion of telltale, made by "telltale completion fish"
function __telltale_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l shell :nothing
    for line in ($words[1] __complete $words[2..-1] 2> /dev/null)
        if string match -q -- ':*' $line
            set shell $line
        else
            echo $line
        end
    end
    switch $shell
        case :files
            __fish_complete_path (commandline -ct)
        case :folders
            __fish_complete_directories (commandline -ct)
    end
end
complete -c telltale -f -a '(__telltale_complete)'
`;

/** By the name of the shell. */
export const scripts = { bash, zsh, fish } as const;
