package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"xinyu/model"
)

// The shape of the county that is seeded: 15 towns, 150 schools, 1,500 classes,
// whatever the number of pupils.
const (
	towns   = 15
	schools = 150
	classes = 1500
	lessons = 5
)

// A lesson lasts twenty reports of fifteen seconds and is passed with the eighteenth.
const (
	lessonSeconds  = 300
	reportSeconds  = 15
	lessonReports  = lessonSeconds / reportSeconds
	passingReports = lessonReports * 9 / 10
)

// Ids of seeded rows. They are far below those that the product gives, which
// begin with the time.
const (
	countyID    model.ID = 1
	firstTown   model.ID = 100
	firstSchool model.ID = 1000
	firstClass  model.ID = 10_000
	managerID   model.ID = 500 // the account of the county's manager
	teacherID   model.ID = 501 // the account that hosts the sessions
)

// pupilID is the id of the n-th pupil, from 1; also the viewer's.
func pupilID(n int) model.ID { return model.ID(10_000_000 + n) }

// guardianID is the account of the n-th pupil's guardian.
func guardianID(n int) model.ID { return model.ID(20_000_000 + n) }

// watchID is the n-th pupil's watch of a lesson, from 1.
func watchID(n, lesson int) model.ID { return model.ID(30_000_000 + 8*n + lesson) }

func lessonID(lesson int) model.ID { return model.ID(lesson) }

func classOf(n int) model.ID { return firstClass + model.ID(n%classes) }

// stepsBefore is how many reports of the first lesson the n-th pupil has sent
// before the load begins, so that at any time one report in twenty begins a
// lesson and one in twenty completes it.
func stepsBefore(n int) int { return n % lessonReports }

// tokenOf is the login token of an account, in the product's form.
func tokenOf(account model.ID) string {
	secret := sha256.Sum256(fmt.Appendf(nil, "bench token %d", account))
	return "xy_" + base64.RawURLEncoding.EncodeToString(secret[:])
}

// hashOf is what the product keeps of a token.
func hashOf(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}

// bitmapAfter marks what so many reports of a lesson have covered.
func bitmapAfter(reports int) model.Bitmap {
	bitmap := model.NewBitmap(lessonSeconds)
	for second := range reports * reportSeconds {
		bitmap[second/8] |= 1 << (second % 8)
	}
	return bitmap
}

// seedTime is the moment at which everything seeded was made.
func seedTime() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
