package model

import "time"

// SceneKind is what a scene leads to.
type SceneKind string

// The kinds of scenes.
const (
	SceneSession SceneKind = "session" // a lecture's session, to check in
	SceneLesson  SceneKind = "lesson"  // a lesson, to watch
	SceneClass   SceneKind = "class"   // the binding of a child, with the class's code
)

// Scene is what a mini-program code (小程序码) says: a short opaque text that
// stands for a page with its parameters, for a time.
type Scene struct {
	ID        ID     `gorm:"primaryKey;autoIncrement:false"`
	Code      string // the text itself
	Kind      SceneKind
	TargetID  ID
	Page      string // of the mini-program, without a leading slash
	Params    string // JSON, the page's query
	MadeBy    ID
	CreatedAt time.Time
	ExpiresAt time.Time
	// Link is the URL link to the page that WeChat gave, good until LinkUntil.
	Link      string
	LinkUntil *time.Time
}
