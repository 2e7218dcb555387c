// Command intercom is the firmware of a SIP door station.
//
//	intercom check FILE      validate a configuration and print what is in effect
//	intercom version         say which release and build this is
//	intercom COMMAND --help  tell more
//
// The program exits with 0 on success, 1 when the command failed, and 2 when it was called wrongly and did nothing. Results
// go to standard output, remarks and faults to standard error.
//
// Each command is a value of its own file that names its flags, its help and what to do; commands lists them. run takes
// everything from its arguments, so that tests call the whole program without a process.
//
// # Limitations
//
//   - Flags are those of package flag: --flag=value, --flag value and -flag, no bundles of single letters.
package main
