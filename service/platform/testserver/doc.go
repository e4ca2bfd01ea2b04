// Package testserver runs private MariaDB and Redis servers for tests,
// benchmarks and fault trials.
//
// Each server is started from the installed binaries in a temporary directory
// of its own and on a free loopback port, so that any number may run at once,
// none touches the machine's own databases, and a trial may kill and restart
// one under load. A server dies with the process that started it, even if that
// process is killed; what it leaves on the disk is swept by the next start.
package testserver
