package family

// guessedSigns is how much of a number a person can try out: its last two signs.
const guessedSigns = 2

// CanBeGuessed reports whether whoever knows one of a class's student numbers
// can find out others: it is so where more than half of the numbers differ from
// another of the class in the last two signs only, as numbers do that follow
// each other. The national 学籍号 hold birth dates and do not; a pair of twins
// alone does not count.
func CanBeGuessed(numbers []string) bool {
	beginnings := make(map[string]int, len(numbers))
	for _, n := range numbers {
		beginnings[n[:max(len(n)-guessedSigns, 0)]]++
	}
	alike := 0
	for _, n := range beginnings {
		if n > 1 {
			alike += n
		}
	}
	return 2*alike > len(numbers)
}
