// Package document writes the report of the lab from the folders of its runs:
// report.html, a single self-contained file, and report.md, with its pictures in files.
// Both have the same content.
//
// Every number comes from the runs' files. If a file is missing or unreadable, the
// report says so in its place and is otherwise complete. For each question the report
// has measurements and an empty space, not opinions.
package document
