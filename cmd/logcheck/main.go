// Command logcheck reads a server's log from standard input and names, by
// their numbers, the lines that hold what no log may hold. It then exits with
// 1. The journeys of the client run it over the log of their server.
package main

import (
	"fmt"
	"os"

	"xinyu/service/platform/logwatch"
)

func main() {
	found, err := logwatch.Check(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "logcheck:", err)
		os.Exit(2)
	}
	for _, line := range found {
		fmt.Println(line)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
