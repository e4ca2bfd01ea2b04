package demo

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/identity"
)

// The children of demo-parent and the pupil behind demo-pupil.
const (
	childName   = "顾予安"
	siblingName = "顾予宁"
	ownName     = "沈知远"
)

// consentVersion is the text that the demo's families agreed to.
const consentVersion = "1"

// Names are put together from these; any likeness is chance.
var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高梁郑谢宋唐许邓冯韩曹")
	given    = []string{"安和", "若溪", "景行", "思齐", "沐阳", "语桐", "一诺", "书瑶", "明轩", "可欣", "子墨", "雨晴", "浩然", "梓萱", "嘉树", "清越", "知夏",
		"星辰", "乐言", "望舒", "启航", "予希", "亦凡", "佳禾", "南乔", "修远", "采薇", "允恭", "静姝", "云帆", "晚晴"}
)

// pupilName names the seat-th pupil of the county, the i-th of the class.
// Some hundred names in a row are all different: 29 and 31 have no common factor.
func pupilName(classCode string, seat, i int) string {
	if i == 0 {
		switch classCode {
		case childClass:
			return childName
		case siblingClass:
			return siblingName
		case ownPupilClass:
			return ownName
		}
	}
	return string(surnames[seat%len(surnames)]) + given[seat%len(given)]
}

// studentNo is the number of the seat-th pupil, in the form of
// model.NormalStudentNo. Real ones look different.
func studentNo(seat int) string { return fmt.Sprintf("RD2026%04d", seat+1) }

// inspectorDays is how long an inspector from another county is admitted.
const inspectorDays = 60

// staffAccounts are the demo accounts that hold a granted role.
var staffAccounts = []struct {
	code, name string
	role       model.Role
	unit       string
}{
	{"demo-counsellor", "周老师（演示）", model.RoleCounsellor, homeSchool},
	{"demo-counsellor-2", "许老师（演示）", model.RoleCounsellor, ownPupilSchool},
	{"demo-teacher", "陈老师（演示）", model.RoleTeacher, childClass},
	{"demo-volunteer", "吴爷爷（演示）", model.RoleVolunteer, homeTown},
	{"demo-school", "向阳小学管理员（演示）", model.RoleManager, homeSchool},
	{"demo-town", "掘港街道管理员（演示）", model.RoleManager, homeTown},
	{"demo-county", "县管理员（演示）", model.RoleManager, "RD"},
	{"demo-inspector", "外县督查员（演示）", model.RoleInspector, "RD"},
	{"demo-duty", "值班员（演示）", model.RoleDuty, "RD"},
}

// people adds the demo accounts.
func (b *builder) people() {
	for _, s := range staffAccounts {
		id := b.account(s.code, s.name)
		grant := &model.Grant{ID: b.Store.NewID(), AccountID: id, Role: s.role, UnitID: b.units[s.unit].ID, StartsAt: b.now, CreatedAt: b.now}
		if s.role == model.RoleInspector {
			ends := inspectorEnd(b.now)
			grant.EndsAt = &ends
		}
		b.grants = append(b.grants, grant)
	}
	b.account("demo-parent", "")
	b.account(neighbour, "")
	pupil := b.account("demo-pupil", "")
	b.pupilsOf(ownPupilClass)[0].AccountID = &pupil
}

func (b *builder) account(code, name string) model.ID {
	a := &model.Account{ID: b.Store.NewID(), OpenID: b.OpenID(code), Name: name, CreatedAt: b.now, LastLoginAt: b.now}
	b.accounts[code] = a.ID
	b.holders = append(b.holders, a)
	return a.ID
}

// consents gives every consent of the families.
func (b *builder) consents() error {
	families := family.New(b.Store)
	for _, code := range []string{"demo-parent", "demo-pupil"} {
		for _, purpose := range model.Purposes {
			if _, err := families.GiveConsent(b.tx, b.accounts[code], purpose, consentVersion); err != nil {
				return err
			}
		}
	}
	return nil
}

// guardians makes demo-parent the guardian of their children.
func (b *builder) guardians() error {
	for _, code := range []string{childClass, siblingClass} {
		_, err := family.New(b.Store).AddGuardian(b.tx, b.accounts["demo-parent"], b.pupilsOf(code)[0].ID, model.RelationMother)
		if err != nil {
			return err
		}
	}
	return nil
}

func inspectorEnd(now time.Time) time.Time { return now.AddDate(0, 0, inspectorDays) }

// account returns the account of the login code; zero where there is none.
func (d *Demo) account(db *gorm.DB, code string) (model.ID, error) {
	ids, err := identity.AccountsByOpenID(db, d.OpenID(code))
	return ids[d.OpenID(code)], err
}

// keepInspector gives the inspector their days anew before they have run out.
func (d *Demo) keepInspector(tx *gorm.DB) error {
	now := d.Store.Now()
	id, err := d.account(tx, "demo-inspector")
	if err != nil {
		return err
	}
	return identity.ProlongGrants(tx, id, model.RoleInspector, now.AddDate(0, 0, 7), inspectorEnd(now))
}

// Guide tells the demo accounts and a pupil to bind.
func (d *Demo) Guide() Guide {
	g := Guide{
		Accounts: []Account{
			{"demo-parent", "家长", childName + "、" + siblingName + "的家长"},
			{"demo-pupil", "学生", ownName + "，启明中学（演示）"},
		},
		Unbound: Child{ClassCode: childClass},
	}
	roleNames := map[model.Role]string{
		model.RoleCounsellor: "咨询师", model.RoleTeacher: "教师", model.RoleVolunteer: "五老志愿者",
		model.RoleManager: "单位管理员", model.RoleInspector: "督查员", model.RoleDuty: "值班员",
	}
	names := d.county.unitNames()
	for _, s := range staffAccounts {
		g.Accounts = append(g.Accounts, Account{s.code, roleNames[s.role], names[s.unit]})
	}
	// The second pupil of the child's class: seats are counted as build counts them.
	seat := d.county.firstSeat(childClass) + 1
	g.Unbound.Name, g.Unbound.StudentNo = pupilName(childClass, seat, 1), studentNo(seat)
	return g
}
