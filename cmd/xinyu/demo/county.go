package demo

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// countyJSON can be edited: the names of streets and towns are the real ones,
// schools are invented.
//
//go:embed county.json
var countyJSON []byte

type county struct {
	Name    string   `json:"name"`
	Code    string   `json:"code"`
	Academy string   `json:"academy"`
	Schools []school `json:"schools"` // the county's own
	Towns   []town   `json:"towns"`
}

type town struct {
	Name    string   `json:"name"`
	Code    string   `json:"code"`
	Station string   `json:"station"`
	Schools []school `json:"schools"`
}

type school struct {
	Name    string  `json:"name"`
	Code    string  `json:"code"`
	Classes []class `json:"classes"`
}

type class struct {
	Name   string `json:"name"`
	Grade  int    `json:"grade"` // 1 to 12
	Number int    `json:"number"`
	Pupils int    `json:"pupils"`
}

// The units that the demo accounts belong to, by code.
const (
	homeTown       = "RDJG"
	homeSchool     = "RDXY"
	childClass     = "RDXY0301"
	siblingClass   = "RDXY0502"
	ownPupilSchool = "RDQM"
	ownPupilClass  = "RDQM1001"
	homeStation    = "RDJGZ"
	academyCode    = "RDFXY"
)

func readCounty() (county, error) {
	var c county
	if err := json.Unmarshal(countyJSON, &c); err != nil {
		return county{}, fmt.Errorf("demo county: %w", err)
	}
	return c, nil
}

func (c county) schoolCode(s school) string { return c.Code + s.Code }

func (c county) classCode(s school, k class) string {
	return fmt.Sprintf("%s%s%02d%02d", c.Code, s.Code, k.Grade, k.Number)
}

// eachClass walks the classes in the order in which they are built.
func (c county) eachClass(visit func(s school, k class)) {
	lists := [][]school{c.Schools}
	for _, t := range c.Towns {
		lists = append(lists, t.Schools)
	}
	for _, list := range lists {
		for _, s := range list {
			for _, k := range s.Classes {
				visit(s, k)
			}
		}
	}
}

// firstSeat is the number of pupils before those of the class.
func (c county) firstSeat(code string) int {
	seat, found := 0, -1
	c.eachClass(func(s school, k class) {
		if c.classCode(s, k) == code {
			found = seat
		}
		seat += k.Pupils
	})
	return found
}

// unitNames are the names of county, towns, schools and classes by code.
func (c county) unitNames() map[string]string {
	names := map[string]string{c.Code: c.Name}
	for _, t := range c.Towns {
		names[c.Code+t.Code] = t.Name
	}
	c.eachClass(func(s school, k class) {
		names[c.schoolCode(s)] = s.Name
		names[c.classCode(s, k)] = s.Name + k.Name
	})
	return names
}
