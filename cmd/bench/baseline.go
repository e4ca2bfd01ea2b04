package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// The commands by which this program serves a baseline.
const (
	serveJSON = "serve-json"
	serveTx   = "serve-tx"
)

// serveBaseline serves a baseline until ctx ends, by net/http's server with the
// product's own time-outs.
func serveBaseline(ctx context.Context, addr string, engine *gin.Engine) error {
	engine.GET("/readyz", func(c *gin.Context) { c.Status(http.StatusOK) })
	server := &http.Server{
		Addr: addr, Handler: engine, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // ListenAndServe then returns
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reportBody is a watch report as the product takes it.
type reportBody struct {
	Seq      int64        `json:"seq"`
	Position float64      `json:"position"`
	Rate     float64      `json:"rate"`
	Segments [][2]float64 `json:"segments"`
}

// credited is what the product returns for it.
type credited struct {
	WatchedSeconds    int        `json:"watchedSeconds"`
	Percent           int        `json:"percent"`
	Completed         bool       `json:"completed"`
	Rejected          []struct{} `json:"rejected"`
	NextReportSeconds int        `json:"nextReportSeconds"`
}

func (r *reportBody) respond(c *gin.Context, err error) {
	respond(c, err, credited{WatchedSeconds: int(r.Position), Rejected: []struct{}{}, NextReportSeconds: reportSeconds})
}

func respond(c *gin.Context, err error, body any) {
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.JSON(http.StatusOK, body)
}

// jsonBaseline is a Gin that decodes a report's JSON and responds: no token, no
// database, the least that any Gin service does.
func jsonBaseline() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/v1/watches/:id/reports", func(c *gin.Context) {
		var report reportBody
		if c.BindJSON(&report) == nil { // it responds itself to what is none
			report.respond(c, nil)
		}
	})
	return engine
}

// serveTxBaseline serves a Gin with GORM that keeps the same rows as the product
// in one transaction a request, as one would write it without group commit. It
// has the product's own settings of the database, and asks for no token, no
// code and no consent.
func serveTxBaseline(ctx context.Context, addr, dsn string) (err error) {
	st, err := store.Open(ctx, store.Options{DSN: dsn})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/v1/watches/:id/reports", func(c *gin.Context) {
		var report reportBody
		if c.BindJSON(&report) == nil {
			report.respond(c, st.Tx(c.Request.Context(), func(tx *gorm.DB) error {
				return upsertReport(tx, c.Param("id"), &report, st.Now())
			}))
		}
	})
	engine.POST("/api/v1/check-ins", insertCheckIns(st))
	return serveBaseline(ctx, addr, engine)
}

// upsertReport locks the person and the progress, lays the report over them and
// upserts both. Every watch has a person of its own here, and no coverage is counted.
func upsertReport(tx *gorm.DB, watchID string, report *reportBody, now time.Time) error {
	watch, err := model.ParseID(watchID)
	if err != nil {
		return err
	}
	lesson := model.Lesson{ID: 1, DurationSeconds: lessonSeconds, PassPercent: 90, MaxRatePercent: 200}
	locked := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Session(&gorm.Session{})
	v := model.Viewer{ID: watch}
	if err := locked.Limit(1).Find(&v, "id = ?", watch).Error; err != nil {
		return err
	}
	p := model.LessonProgress{ViewerID: watch, LessonID: lesson.ID, Bitmap: model.NewBitmap(lessonSeconds)}
	if err := locked.Limit(1).Find(&p, "viewer_id = ? AND lesson_id = ?", watch, lesson.ID).Error; err != nil {
		return err
	}
	segments := make([]model.Segment, len(report.Segments))
	for i, s := range report.Segments {
		segments[i] = model.Segment{From: s[0], To: s[1]}
	}
	v.CreditedAt = now.Add(-model.MaxUnspent) // the load does not wait for the time that it reports
	p.LastSeq, p.Position = report.Seq, int(report.Position)
	p.Credit(&v, &lesson, segments, report.Rate, now)
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&v).Error; err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&p).Error
}

// insertCheckIns keeps the rows of a check-in: the check-in itself unless it is
// there, the pupil's coverage, and the tally of forty pupils.
func insertCheckIns(st *store.Store) gin.HandlerFunc {
	const classSize = 40
	ids := model.NewIDs(0, time.Now)
	return func(c *gin.Context) {
		var in struct {
			Token     string     `json:"token"`
			SessionID model.ID   `json:"sessionId"`
			PupilIDs  []model.ID `json:"pupilIds" binding:"len=1"`
		}
		if c.BindJSON(&in) != nil {
			return
		}
		now := st.Now()
		row := model.CheckIn{
			ID: ids.Next(), SessionID: in.SessionID, PupilID: in.PupilIDs[0], Side: model.SidePupil, Mode: model.CheckInScan,
			At: now, ReceivedAt: now,
		}
		fact := model.CoverageFact{
			ItemKind: model.ItemLecture, ItemID: in.SessionID, Side: row.Side, PupilID: row.PupilID,
			StartedAt: now, CoveredAt: &now, How: model.CoverSession, CauseID: row.ID,
		}
		tally := model.CoverageTally{
			ItemKind: fact.ItemKind, ItemID: fact.ItemID, Side: fact.Side, ClassID: row.PupilID / classSize,
			Started: 1, Covered: 1,
		}
		status := "checkedIn"
		err := st.Tx(c.Request.Context(), func(tx *gorm.DB) error {
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fact)
			if res.Error != nil || res.RowsAffected == 0 {
				status = "already"
				return res.Error
			}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			return tx.Clauses(clause.OnConflict{DoUpdates: clause.Assignments(map[string]any{
				"started": gorm.Expr("started + 1"), "covered": gorm.Expr("covered + 1"),
			})}).Create(&tally).Error
		})
		respond(c, err, gin.H{"items": []gin.H{
			{"pupilId": row.PupilID, "side": row.Side, "status": status, "at": now, "late": false},
		}})
	}
}
