package model

// DatabaseUse is what a database is for: the first start decides, for good.
type DatabaseUse string

// The uses of a database.
const (
	// UseDemo is a database of invented people; its messages go to WeChat's emulator.
	UseDemo DatabaseUse = "demo"
	// UseProduction is a database of real people.
	UseProduction DatabaseUse = "production"
)

// DatabaseMark says what the database is for; its one row has the id 1.
type DatabaseMark struct {
	ID      ID
	UsedFor DatabaseUse
}
