package logwatch

import (
	"bufio"
	"fmt"
	"io"

	"xinyu/service/platform/redact"
)

// Check reads the log of a process and returns a sentence for each line that
// holds what no log may hold. The line is named, and not quoted.
func Check(log io.Reader) (found []string, err error) {
	all := redact.NewBook(rules)
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if what, _ := all.Read(lines.Text()); what != "" {
			found = append(found, fmt.Sprintf("line %d holds %s", n, what))
		}
	}
	return found, lines.Err()
}
