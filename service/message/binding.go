package message

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

// toldWithin is how long a change of a binding is worth a message or a call.
const toldWithin = 7 * 24 * time.Hour

// TellGuardians tells, in tx, the pupil's other guardians that the account was
// bound to the pupil. There is one message a guardian and pupil: another binding
// has it sent anew, so that binding again and again raises no more calls.
func (o *Outbox) TellGuardians(tx *gorm.DB, account, pupil model.ID) error {
	members, err := family.Members(tx, []model.ID{pupil})
	if err != nil {
		return err
	}
	now := o.store.Now()
	var messages []Message
	for _, m := range members {
		if m.Own || m.AccountID == account {
			continue
		}
		messages = append(messages, Message{Kind: KindBinding, CauseKind: "pupil", CauseID: pupil, RecipientID: m.AccountID,
			PupilID: pupil, UnitID: m.ClassID, SendAfter: now, CutoffAt: now.Add(toldWithin)})
	}
	return o.Enqueue(tx, messages...)
}

// TellReleased tells, in tx, the account that it is no longer a pupil's own. The
// message names no pupil: nothing of the pupil goes to that account any more.
func (o *Outbox) TellReleased(tx *gorm.DB, account model.ID) error {
	now := o.store.Now()
	return o.Enqueue(tx, Message{Kind: KindReleased, CauseKind: "account", CauseID: account, RecipientID: account,
		SendAfter: now, CutoffAt: now.Add(toldWithin)})
}

// TellHosts tells, in tx, the teachers of the class and their managers to look
// at the roster, which shows at whom wrong claims aim. Nobody telephones them.
func (o *Outbox) TellHosts(tx *gorm.DB, class model.ID, hosts []model.ID) error {
	now := o.store.Now()
	messages := make([]Message, len(hosts))
	for i, host := range hosts {
		messages[i] = Message{Kind: KindGuesses, CauseKind: "class", CauseID: class, RecipientID: host, UnitID: class, SendAfter: now, CutoffAt: now.Add(toldWithin)}
	}
	return o.Enqueue(tx, messages...)
}

// claimsTogether is for how long claims that wait are gathered: a class whose
// parents all claim on one evening costs its teacher a message an hour.
const claimsTogether = time.Hour

// TellClaims tells, in tx, the hosts of the class that claims wait for them, at
// the end of the hour. Nobody telephones them: the claims are on the class's page.
func (o *Outbox) TellClaims(tx *gorm.DB, class model.ID, hosts []model.ID) error {
	at := o.store.Now().Truncate(claimsTogether).Add(claimsTogether)
	messages := make([]Message, len(hosts))
	for i, host := range hosts {
		messages[i] = Message{Kind: KindClaims, CauseKind: "class", CauseID: class, RecipientID: host, UnitID: class, SendAfter: at, CutoffAt: at.Add(toldWithin)}
	}
	return o.Enqueue(tx, messages...)
}

// TellConfirmed tells, in tx, the hosts of the class that another has confirmed
// claims to its pupils, at the end of the hour. The class's page says which.
func (o *Outbox) TellConfirmed(tx *gorm.DB, class model.ID, hosts []model.ID) error {
	at := o.store.Now().Truncate(claimsTogether).Add(claimsTogether)
	messages := make([]Message, len(hosts))
	for i, host := range hosts {
		messages[i] = Message{Kind: KindConfirmed, CauseKind: "class", CauseID: class, RecipientID: host, UnitID: class, SendAfter: at, CutoffAt: at.Add(toldWithin)}
	}
	return o.Enqueue(tx, messages...)
}

// TellAppointed tells, in tx, the accounts of the grant that makes someone a duty
// officer. Whom no message reaches is telephoned by the county's duty officers.
func (o *Outbox) TellAppointed(tx *gorm.DB, grant, county model.ID, accounts []model.ID) error {
	now := o.store.Now()
	messages := make([]Message, len(accounts))
	for i, account := range accounts {
		messages[i] = Message{Kind: KindAppointed, CauseKind: "grant", CauseID: grant, RecipientID: account, UnitID: county, SendAfter: now, CutoffAt: now.Add(toldWithin)}
	}
	return o.Enqueue(tx, messages...)
}

// TellDecided tells, in tx, the account that its claim was confirmed or refused.
// The message names no pupil: whoever was refused has none.
func (o *Outbox) TellDecided(tx *gorm.DB, claim, account model.ID) error {
	now := o.store.Now()
	return o.Enqueue(tx, Message{Kind: KindDecided, CauseKind: "claim", CauseID: claim, RecipientID: account, SendAfter: now, CutoffAt: now.Add(toldWithin)})
}
