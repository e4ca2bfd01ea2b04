package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// alone is a line for a call that concerns the caller alone.
func alone(path string, body any, past ...string) line {
	return line{apart: true, past: past, make: func(*bundle, member) request { return request{path: path, body: body} }}
}

func matrixOfIdentity() map[string]line {
	version := map[string]any{"version": "1"}
	return map[string]line{
		"POST /login": {apart: true, make: func(b *bundle, _ member) request {
			return request{path: "/login", body: map[string]any{"code": b.wechat.IssueCode("o-new")}}
		}},
		"POST /token/renew": alone("/token/renew", nil),
		"POST /logout":      alone("/logout", nil),
		"GET /me/tokens":    alone("/me/tokens", nil),
		"DELETE /me/tokens/{id}": {make: func(b *bundle, m member) request {
			owner := b.orOwn(m, model.RoleGuardian).actor
			b.as(owner)
			var login model.LoginToken
			require.NoError(b.t, b.store.Read(b.t.Context()).Order("id DESC").Take(&login, "account_id = ?", owner.AccountID).Error)
			return of(login.ID, "/me/tokens/", "", nil)
		}, theirs: slices.Concat(model.Staff, model.Families)},
		"GET /me":                       {make: func(b *bundle, _ member) request { return request{path: "/me", thing: b.pupil.ID.String()} }},
		"GET /me/messages":              alone("/me/messages", nil),
		"POST /me/messages":             alone("/me/messages", map[string]any{"accepted": []string{}}, "taps_required"),
		"GET /me/overview":              {make: func(b *bundle, _ member) request { return request{path: "/me/overview", thing: b.pupil.ID.String()} }},
		"GET /consents":                 alone("/consents", nil),
		"PUT /me/consents/{purpose}":    alone("/me/consents/learning", version, "guardian_consent_needed"),
		"DELETE /me/consents/{purpose}": alone("/me/consents/learning", nil, "guardian_consent_needed"),
		"POST /me/children": {apart: true, past: []string{"account_is_pupil"}, make: func(b *bundle, _ member) request {
			claim := b.claim()
			claim["relation"] = "mother"
			return request{path: "/me/children", body: claim}
		}},
		"DELETE /me/children/{id}":   {make: func(b *bundle, _ member) request { return of(b.pupil.ID, "/me/children/", "", nil) }},
		"GET /pupils/{id}/guardians": {make: func(b *bundle, _ member) request { return of(b.pupil.ID, "/pupils/", "/guardians", nil) }},
		"DELETE /pupils/{id}/guardians/{accountId}": {make: func(b *bundle, _ member) request {
			child := b.bound()
			return of(child.ID, "/pupils/", "/guardians/"+b.Guardian(child).AccountID.String(), nil)
		}},
		"DELETE /pupils/{id}/account": {make: func(b *bundle, _ member) request { return of(b.bound().ID, "/pupils/", "/account", nil) }},
		"POST /me/pupil": {apart: true, past: []string{"account_is_guardian", "account_is_pupil", "account_has_roles"}, make: func(b *bundle, _ member) request {
			return request{path: "/me/pupil", body: b.claim()}
		}},
		"DELETE /me/claims/{id}": {make: func(b *bundle, m member) request {
			return of(b.claimOf(b.orOwn(m, model.RoleGuardian).actor), "/me/claims/", "", nil)
		}, theirs: slices.Concat(model.Staff, model.Families)},
		"DELETE /pupils/{id}/wrong-claims": {make: func(b *bundle, _ member) request { return of(b.bound().ID, "/pupils/", "/wrong-claims", nil) }},
		"GET /units/{id}/claims": {make: func(b *bundle, _ member) request {
			req := of(b.own.Class.ID, "/units/", "/claims", nil)
			if b.claimed == 0 {
				b.claimed = b.claimOf(b.Account())
			}
			req.thing = b.claimed.String()
			return req
		}},
		"GET /units/{id}/claims | school": {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "/claims", nil) }},
		"GET /units/{id}/decided-claims": {make: func(b *bundle, _ member) request {
			req := of(b.own.Class.ID, "/units/", "/decided-claims", nil)
			if b.decided == 0 {
				b.decided = b.claimOf(b.Account())
				b.Set(&model.BindingClaim{}, "waits", nil, "id = ?", b.decided)
				b.Set(&model.BindingClaim{}, "outcome", model.ClaimConfirmed, "id = ?", b.decided)
				b.Set(&model.BindingClaim{}, "decided_at", b.store.Now(), "id = ?", b.decided)
			}
			req.thing = b.decided.String()
			return req
		}},
		"POST /claims/{id}/confirm": {make: func(b *bundle, _ member) request {
			return of(b.claimOf(b.Account()), "/claims/", "/confirm", nil)
		}},
		"POST /claims/{id}/refuse": {make: func(b *bundle, _ member) request { return of(b.claimOf(b.Account()), "/claims/", "/refuse", nil) }},
		"POST /claims/confirm": {make: func(b *bundle, _ member) request {
			id := b.claimOf(b.Account())
			return request{path: "/claims/confirm", body: map[string]any{"claimIds": []model.ID{id}}, thing: id.String()}
		}},
		"GET /units/{id}/claim-rule": {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "/claim-rule", nil) }},
		"PUT /units/{id}/claim-rule": {make: func(b *bundle, _ member) request {
			return of(b.own.School.ID, "/units/", "/claim-rule", map[string]any{"rule": "confirm"})
		}},
		"POST /me/phone":       alone("/me/phone", map[string]any{"code": "never-issued"}, "phone_code_invalid", "pupil_phone_refused"),
		"DELETE /me/phone":     alone("/me/phone", nil),
		"DELETE /me/pupil":     alone("/me/pupil", nil, "release_by_school"),
		"POST /me/invite-code": alone("/me/invite-code", nil),
		"GET /units/{id}/grants": {make: func(b *bundle, _ member) request {
			return of(b.own.School.ID, "/units/", "/grants", nil)
		}},
		"POST /units/{id}/grants": {make: func(b *bundle, _ member) request {
			person := b.login(fmt.Sprintf("demo-newcomer%d", b.next()))
			code := b.do("POST", "/me/invite-code", person, nil).status(201).text("code")
			return of(b.own.School.ID, "/units/", "/grants", map[string]any{"inviteCode": code, "role": "teacher", "name": "王老师"})
		}},
		"DELETE /grants/{id}": {make: func(b *bundle, _ member) request {
			var grant model.Grant
			holder := b.Staff(model.RoleTeacher, b.own.Class).AccountID
			require.NoError(b.t, b.store.Read(b.t.Context()).Take(&grant, "account_id = ?", holder).Error)
			return of(grant.ID, "/grants/", "", nil)
		}},
		"POST /accounts/{id}/lock": {make: func(b *bundle, _ member) request {
			return of(b.Staff(model.RoleTeacher, b.own.Class).AccountID, "/accounts/", "/lock", map[string]any{"reason": "离职"})
		}},
		"POST /accounts/{id}/unlock": {make: func(b *bundle, _ member) request {
			return of(b.Staff(model.RoleTeacher, b.own.Class).AccountID, "/accounts/", "/unlock", nil)
		}},
	}
}

// claim is what the family of a pupil new to the own class types.
func (b *bundle) claim() map[string]any {
	_, claim := b.enrol(b.own.Class, "王芳", fmt.Sprintf("G%d", b.next()))
	return claim
}

// claimOf adds a claim of the account to a pupil new to the own class that waits, and returns its id.
func (b *bundle) claimOf(actor model.Actor) model.ID {
	b.t.Helper()
	now, waits := b.store.Now(), true
	claim := &model.BindingClaim{ID: b.store.NewID(), PupilID: b.Pupil(b.own.Class).ID, AccountID: actor.AccountID, Kind: model.BindingGuardian, Relation: model.RelationMother,
		Waits: &waits, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	b.insert(claim)
	return claim.ID
}

// bound adds a pupil to the own class with an account of their own.
func (b *bundle) bound() *model.Pupil {
	b.t.Helper()
	pupil := b.Pupil(b.own.Class)
	b.PupilAccount(pupil)
	return pupil
}
