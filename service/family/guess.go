package family

// guessedSigns is how much of a number a person can try out: its last two signs.
const guessedSigns = 2

// CanBeGuessed reports whether whoever knows one of a school's student numbers can
// find out those of the class: it is so where more than half of the class's differ
// from another of the school, the class among it, in the last two signs only, as
// numbers do that follow each other, be they given out class by class or not. The
// national 学籍号 hold birth dates and do not; twins alone do not count.
func CanBeGuessed(class, school []string) bool {
	beginning := func(n string) string { return n[:max(len(n)-guessedSigns, 0)] }
	beginnings := make(map[string]int, len(school))
	for _, n := range school {
		beginnings[beginning(n)]++
	}
	alike := 0
	for _, n := range class {
		if beginnings[beginning(n)] > 1 {
			alike++
		}
	}
	return 2*alike > len(class)
}
