package counsel

// Hotline is a number that someone in need can call.
type Hotline struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Hours  string `json:"hours"`
}

// Hotlines is the card of numbers that is one tap away on every page and comes
// with every answer to someone who speaks of harming themselves.
func Hotlines() []Hotline {
	return []Hotline{
		{Name: "全国统一心理援助热线", Number: "12356", Hours: "每天不少于18小时"},
		{Name: "青少年服务热线", Number: "12355", Hours: "各地时间不同"},
		{Name: "急救", Number: "120", Hours: "24小时"},
		{Name: "报警", Number: "110", Hours: "24小时"},
	}
}
