// Command intercom is the firmware of a SIP door station.
//
//	intercom run --config FILE  run the door station
//	intercom demo               show the whole job on this machine, without hardware
//	intercom check FILE         validate a configuration and print what is in effect
//	intercom dns URI            explain how the server of a SIP URI is found
//	intercom version            say which release and build this is
//	intercom COMMAND --help     tell more
//
// The program exits with 0 on success, 1 when the command failed, and 2 when it was called wrongly and did nothing. Results
// go to standard output, remarks and faults to standard error.
//
// Each command is a value of its own file that names its flags, its help and what to do; commands lists them. run takes
// everything from its arguments, so that tests call the whole program without a process.
//
// While a door runs, its log is written by a goroutine of its own, so that a log nobody reads holds up no loop.
//
// # Limitations
//
//   - Flags are those of package flag: --flag=value, --flag value and -flag, no bundles of single letters.
package main
