package org

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/unit"
)

// The codes of the faults that only the tree of units and the present roster can show.
const (
	CodeTownMissing    = "town_missing"
	CodeTownUnknown    = "town_unknown"
	CodeTownOutside    = "town_outside"
	CodeSchoolOutside  = "school_outside"
	CodeUnitArchived   = "unit_archived"
	CodeBadUnitName    = "bad_unit_name"
	CodePupilElsewhere = "pupil_elsewhere"
	CodeClassUnclear   = "class_unclear"
)

var importMessages = map[string]string{
	CodeTownMissing:    "“镇/街道”没有填写，请补上；县直学校请填“县直”",
	CodeTownUnknown:    "没有这个镇（街道），请核对名称；确实是新的，请先在单位管理里建好",
	CodeTownOutside:    "这一行不属于本次导入的单位，请核对“镇/街道”，或由上级单位导入",
	CodeSchoolOutside:  "这一行不属于本次导入的学校，请核对“学校”，或由上级单位导入",
	CodeUnitArchived:   "这个单位已经停用，请核对名称，或先建立新的单位",
	CodeBadUnitName:    "名称是一个不同类别的单位，请核对",
	CodePupilElsewhere: "这个学籍号在其他单位的花名册上，请核对；确已转来的，请原单位先转出并核对姓名和出生日期，或由上级单位导入",
	CodeClassUnclear:   "“年级”和“班级”合起来与另一个班的名称相同，分不清是哪个班，请把两个班的名称写得不一样",
}

// Titles of the columns that these faults are about.
const (
	titleTown      = "镇/街道"
	titleSchool    = "学校"
	titleClass     = "班级"
	titleStudentNo = "学籍号"
)

// countySchools are what lists write in the town's column for a school right below the county.
var countySchools = []string{"县直", "县直属", "县直学校", "直属"}

// node is a unit of the tree in memory; those that the import makes are fresh.
type node struct {
	model.Unit
	fresh    bool // to be made
	reopen   bool // archived, to be taken into use again
	named    bool // has rows in the file
	parent   *node
	children map[string]*node
	classes  map[string]*node // a school's, by className.key
	grade    string           // of a class in the file: className.grade of its first row
	was      string           // the name before the import, where that changes it
}

// forest is the part of the tree at and below the import's unit.
type forest struct {
	root     *node
	county   model.ID     // of the tree's root
	above    []model.Unit // the units above root, the tree's root first
	schools  []*node      // all that were there before
	fresh    []*node      // to be made, parents first
	reopened []*node
	renamed  []*node
	newTowns bool
	newID    func() model.ID
}

// place is where a row belongs, or what keeps it from belonging anywhere.
type place struct {
	node         *node
	column, code string
}

// loadForest reads towns, schools and classes at and below the unit.
func (s *Service) loadForest(db *gorm.DB, root model.ID, newTowns bool) (*forest, error) {
	path, err := unit.Path(db, root)
	if err != nil {
		return nil, err
	}
	if len(path) == 0 {
		return nil, model.NotFound("unit")
	}
	rows, err := unit.List(db, 0, unit.Below(root))
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(u model.Unit) bool { return u.ID == root })
	last := len(path) - 1
	f := &forest{county: path[0].ID, root: &node{Unit: path[last], children: map[string]*node{}}, above: path[:last], newTowns: newTowns, newID: s.store.NewID}
	nodes := map[model.ID]*node{root: f.root}
	for _, u := range rows {
		nodes[u.ID] = &node{Unit: u, children: map[string]*node{}}
	}
	for _, u := range rows {
		n := nodes[u.ID]
		n.parent = nodes[u.ParentID]
		n.parent.children[nameKey(u.Name)] = n
		if u.Kind == model.UnitClass {
			n.parent.addClass(nameClass("", nameKey(u.Name)).key, n)
		}
		if u.Kind == model.UnitSchool {
			f.schools = append(f.schools, n)
		}
	}
	if f.root.Kind == model.UnitSchool {
		f.schools = []*node{f.root}
	}
	return f, nil
}

// addClass notes a class of the school by its key. Of several that are written
// for one, the one in use with the most pupils is taken.
func (n *node) addClass(key string, class *node) {
	if n.classes == nil {
		n.classes = map[string]*node{}
	}
	known := n.classes[key]
	if known == nil || known.ArchivedAt != nil && class.ArchivedAt == nil || (known.ArchivedAt == nil) == (class.ArchivedAt == nil) && class.PupilCount > known.PupilCount {
		n.classes[key] = class
	}
}

// class finds the class of the school, or notes it to be made: by its name, by
// what the name says, or by what earlier versions called it.
func (f *forest) class(school *node, name className) place {
	called := name.name
	switch known := school.classes[name.key]; {
	case school.children[called] != nil:
	case known != nil:
		called = nameKey(known.Name)
	case !name.unclear() && school.children[name.old] != nil:
		called = name.old
	}
	at := f.child(school, model.UnitClass, called, titleClass)
	if at.node == nil {
		return at
	}
	if at.node.named && name.grade != at.node.grade && name.grade != "" && at.node.grade != "" {
		return place{column: titleClass, code: CodeClassUnclear}
	}
	if at.node.named = true; name.grade != "" {
		at.node.grade = name.grade
	}
	school.addClass(name.key, at.node)
	return at
}

// adopt gives classes that earlier versions called by numbers, so that several
// could be meant, to the class of which most pupils in the file are in it: that
// gets its readable name. Of the others new classes are made.
func (f *forest) adopt(school *node, votes map[string]map[className]int) {
	for old, claims := range votes {
		class := school.children[old]
		if class == nil || class.Kind != model.UnitClass {
			continue
		}
		var best className
		for name, n := range claims {
			if n > claims[best] || n == claims[best] && name.name < best.name {
				best = name
			}
		}
		if school.children[best.name] != nil || school.classes[best.key] != nil {
			continue
		}
		class.was, class.Name = class.Name, best.name
		delete(school.children, old)
		delete(school.classes, nameClass("", old).key)
		school.children[best.name] = class
		school.addClass(best.key, class)
		f.renamed = append(f.renamed, class)
	}
	slices.SortFunc(f.renamed, func(a, b *node) int { return cmp.Compare(a.ID, b.ID) })
}

// school finds the school by the names in the file, as seen from the import's unit.
func (f *forest) school(town, school string) place {
	switch f.root.Kind {
	case model.UnitSchool:
		if school != "" && school != nameKey(f.root.Name) {
			return place{column: titleSchool, code: CodeSchoolOutside}
		}
		parent := f.above[len(f.above)-1]
		if !sameTown(town, parent) {
			return place{column: titleTown, code: CodeTownOutside}
		}
		return place{node: f.root}
	case model.UnitTown:
		if !sameTown(town, f.root.Unit) {
			return place{column: titleTown, code: CodeTownOutside}
		}
		return f.child(f.root, model.UnitSchool, school, titleSchool)
	}
	if town == "" {
		// An empty cell may be an oversight: only a school that is there already is taken.
		if n := f.root.children[school]; n != nil && n.Kind == model.UnitSchool {
			return f.child(f.root, model.UnitSchool, school, titleSchool)
		}
		return place{column: titleTown, code: CodeTownMissing}
	}
	if sameTown(town, f.root.Unit) {
		return f.child(f.root, model.UnitSchool, school, titleSchool)
	}
	if f.root.children[town] == nil && !f.newTowns {
		return place{column: titleTown, code: CodeTownUnknown}
	}
	at := f.child(f.root, model.UnitTown, town, titleTown)
	if at.code != "" {
		return at
	}
	return f.child(at.node, model.UnitSchool, school, titleSchool)
}

// nameKey is the name of a unit as the cells of a file are read: a unit that
// is written otherwise, as with full-width brackets, must not be made twice.
func nameKey(name string) string {
	key, _ := model.NormalText(name)
	return key
}

// sameTown reports whether the name in the file, which may be left empty, can
// stand for the unit right above the school.
func sameTown(name string, above model.Unit) bool {
	return name == "" || name == nameKey(above.Name) || above.Kind == model.UnitCounty && slices.Contains(countySchools, name)
}

// child is the unit of the name below parent, noted to be made where there is none.
func (f *forest) child(parent *node, kind model.UnitKind, name, column string) place {
	n := parent.children[name]
	switch {
	case n == nil:
		n = &node{Unit: model.Unit{ID: f.newID(), ParentID: parent.ID, Kind: kind, Name: name}, fresh: true, parent: parent, children: map[string]*node{}}
		parent.children[name] = n
		f.fresh = append(f.fresh, n)
	case n.Kind != kind:
		return place{column: column, code: CodeBadUnitName}
	case n.ArchivedAt != nil && kind != model.UnitClass:
		return place{column: column, code: CodeUnitArchived}
	case n.ArchivedAt != nil && !n.reopen:
		n.reopen = true // names of classes come back every year
		f.reopened = append(f.reopened, n)
	}
	return place{node: n}
}

// ancestors are the ids above the node.
func (f *forest) ancestors(n *node) []model.ID {
	var ids []model.ID
	for p := n.parent; p != nil; p = p.parent {
		ids = append(ids, p.ID)
	}
	for _, u := range f.above {
		ids = append(ids, u.ID)
	}
	return ids
}
