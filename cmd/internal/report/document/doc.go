// Package document writes the report of the lab from the folders of its runs:
// report.html, one file with all in it, and report.md with the pictures beside
// it. Both have the same content.
//
// Every number comes from the runs' files. What is not there, or cannot be
// read, is said where it is missed; the rest of the report is made. Questions
// get the facts that were measured and an empty place, no opinions.
package document
