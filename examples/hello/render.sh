#!/bin/sh
# render.sh PAGES SITE: turns the Markdown files of PAGES into HTML files in SITE.
# Understands headings, lists, code spans, links and paragraphs: enough for a demonstration.
set -eu
pages=$1 site=$2 cache=/var/cache/render
mkdir -p "$site" "$cache"

render() {
  awk '
    function inline(text) {
      gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
      while (match(text, /`[^`]*`/))
        text = substr(text, 1, RSTART - 1) "<code>" substr(text, RSTART + 1, RLENGTH - 2) "</code>" substr(text, RSTART + RLENGTH)
      while (match(text, /\[[^]]*\]\([^)]*\)/)) {
        link = substr(text, RSTART + 1, RLENGTH - 2); split(link, part, /\]\(/)
        text = substr(text, 1, RSTART - 1) "<a href=\"" part[2] "\">" part[1] "</a>" substr(text, RSTART + RLENGTH)
      }
      return text
    }
    function close_block() { if (block != "") print "</" block ">"; block = "" }
    BEGIN { print "<!doctype html><meta charset=utf-8><link rel=stylesheet href=style.css>" }
    /^#+ /  { close_block(); level = index($0, " ") - 1; print "<h" level ">" inline(substr($0, level + 2)) "</h" level ">"; next }
    /^- /   { if (block != "ul") { close_block(); block = "ul"; print "<ul>" } print "<li>" inline(substr($0, 3)) "</li>"; next }
    /^$/    { close_block(); next }
            { if (block != "p") { close_block(); block = "p"; print "<p>" } print inline($0) }
    END     { close_block() }
  ' "$1"
}

for page in "$pages"/*.md; do
  name=$(basename "$page" .md)
  key=$(cat "$0" "$page" | sha256sum | cut -d' ' -f1)
  if [ -e "$cache/$key" ]; then
    echo "$name: unchanged"
  else
    render "$page" > "$cache/$key.new"
    mv "$cache/$key.new" "$cache/$key"
    echo "$name: rendered"
  fi
  cp "$cache/$key" "$site/$name.html"
done
cp "$pages"/*.css "$site"
