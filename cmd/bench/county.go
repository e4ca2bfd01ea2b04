package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"xinyu/model"
)

// The county that is seeded: 15 towns, 150 schools, 1,500 classes, whatever the
// number of pupils; lessons that everybody watches, sessions of lectures that
// everybody can check in to, and counsellors.
const (
	towns       = 15
	schools     = 150
	classes     = 1500
	lessons     = 5
	sessions    = 12 // each of a lecture of its own
	counsellors = 20
)

// A lesson lasts twenty reports of fifteen seconds and is passed with the eighteenth.
const (
	lessonSeconds  = 300
	reportSeconds  = 15
	lessonReports  = lessonSeconds / reportSeconds
	passingReports = lessonReports * 9 / 10
)

// The free slots of each counsellor follow one another from tomorrow on, around the clock.
const (
	slotMinutes = 30
	slotDays    = 20
	slotsOfEach = slotDays * model.MinutesPerDay / slotMinutes
)

// Ids of seeded rows. They are far below those that the product gives, which
// begin with the time.
const (
	countyID    model.ID = 1
	firstTown   model.ID = 100
	managerID   model.ID = 500 // the account of the county's manager
	teacherID   model.ID = 501 // the account that hosts the sessions
	roomID      model.ID = 900
	firstSchool model.ID = 1000
	firstClass  model.ID = 10_000
)

func lessonID(lesson int) model.ID   { return model.ID(lesson) } // from 1
func lectureID(k int) model.ID       { return model.ID(700 + k) }
func sessionID(k int) model.ID       { return model.ID(800 + k) }
func counsellorID(c int) model.ID    { return model.ID(2000 + c) }
func slotID(c, k int) model.ID       { return model.ID(5_000_000 + 1000*c + k) }
func pupilID(n int) model.ID         { return model.ID(10_000_000 + n) } // n from 1; also the viewer's
func guardianID(n int) model.ID      { return model.ID(20_000_000 + n) } // the account of the n-th pupil's guardian
func watchID(n, lesson int) model.ID { return model.ID(30_000_000 + 8*n + lesson) }

// stepsBefore is how many reports of the first lesson the n-th pupil has sent
// before the load begins, so that at any time one report in twenty begins a
// lesson and one in twenty completes it.
func stepsBefore(n int) int { return n % lessonReports }

// tokenOf is the login token of an account, in the product's form.
func tokenOf(account model.ID) string {
	secret := sha256.Sum256(fmt.Appendf(nil, "bench token %d", account))
	return "xy_" + base64.RawURLEncoding.EncodeToString(secret[:])
}

// bitmapAfter marks what so many reports of a lesson have covered.
func bitmapAfter(reports int) model.Bitmap {
	bitmap := model.NewBitmap(lessonSeconds)
	for second := range reports * reportSeconds {
		bitmap[second/8] |= 1 << (second % 8)
	}
	return bitmap
}
