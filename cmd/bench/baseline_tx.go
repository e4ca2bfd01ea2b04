package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"xinyu/model"
)

// baselineConns is the baseline's pool, as large as the product's own.
const baselineConns = 32

// txBaseline is a Gin with GORM that keeps the same rows in one transaction a
// request, as one would write it without group commit: it locks the person and
// the progress, lays the stretches over them and upserts both. It asks for no
// token and no consent and counts no coverage.
func txBaseline(dsn string) (http.Handler, error) {
	db, err := openBaseline(dsn)
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/v1/check-ins", plainCheckIns(db))
	engine.POST("/api/v1/watches/:id/reports", func(c *gin.Context) {
		id, err := strconv.ParseInt(c.Param("id"), 10, 64)
		var report reportBody
		if err != nil || c.ShouldBindJSON(&report) != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		err = db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error { return plainReport(tx, model.ID(id), &report) })
		if err != nil {
			c.Status(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, answerTo(&report))
	})
	return engine, nil
}

// plainLesson has the terms of every lesson of the load.
var plainLesson = model.Lesson{ID: 1, DurationSeconds: lessonSeconds, PassPercent: 90, MaxRatePercent: 200}

// plainReport merges a report into its rows. Every watch has a person of its own here.
func plainReport(tx *gorm.DB, watch model.ID, report *reportBody) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	locked := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Session(&gorm.Session{})
	v := model.Viewer{ID: watch}
	if err := locked.Limit(1).Find(&v, "id = ?", watch).Error; err != nil {
		return err
	}
	p := model.LessonProgress{ViewerID: watch, LessonID: plainLesson.ID, Bitmap: model.NewBitmap(lessonSeconds)}
	if err := locked.Limit(1).Find(&p, "viewer_id = ? AND lesson_id = ?", watch, plainLesson.ID).Error; err != nil {
		return err
	}
	segments := make([]model.Segment, len(report.Segments))
	for i, s := range report.Segments {
		segments[i] = model.Segment{From: s[0], To: s[1]}
	}
	v.CreditedAt = now.Add(-model.MaxUnspent) // the load does not wait for the time that it reports
	p.LastSeq, p.Position = report.Seq, int(report.Position)
	p.Credit(&v, &plainLesson, segments, report.Rate, now)
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&v).Error; err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&p).Error
}

// plainClassSize is how many pupils share a tally.
const plainClassSize = 40

// plainCheckIns keeps the same rows of a check-in in one transaction a request:
// the check-in itself unless it is there, the pupil's coverage and the class's
// tally. It asks for no token, no code and no consent.
func plainCheckIns(db *gorm.DB) gin.HandlerFunc {
	type item struct {
		PupilID model.ID  `json:"pupilId"`
		Side    string    `json:"side"`
		Status  string    `json:"status"`
		At      time.Time `json:"at"`
		Late    bool      `json:"late"`
	}
	ids := model.NewIDs(0, time.Now)
	return func(c *gin.Context) {
		var in struct {
			Token     string     `json:"token"`
			SessionID model.ID   `json:"sessionId"`
			PupilIDs  []model.ID `json:"pupilIds"`
		}
		if err := c.ShouldBindJSON(&in); err != nil || len(in.PupilIDs) != 1 {
			c.Status(http.StatusBadRequest)
			return
		}
		row := model.CheckIn{ID: ids.Next(), SessionID: in.SessionID, PupilID: in.PupilIDs[0], Side: model.SidePupil, Mode: model.CheckInScan, At: time.Now().UTC()}
		status := "checkedIn"
		err := db.WithContext(c.Request.Context()).Transaction(func(tx *gorm.DB) error {
			fact := model.CoverageFact{ItemKind: model.ItemLecture, ItemID: in.SessionID, Side: model.SidePupil, PupilID: row.PupilID,
				StartedAt: row.At, CoveredAt: &row.At, How: model.CoverSession, CauseID: row.ID}
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fact)
			if res.Error != nil || res.RowsAffected == 0 {
				status = "already"
				return res.Error
			}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			tally := model.CoverageTally{ItemKind: fact.ItemKind, ItemID: fact.ItemID, Side: fact.Side, ClassID: row.PupilID / plainClassSize, Started: 1, Covered: 1}
			return tx.Clauses(clause.OnConflict{DoUpdates: clause.Assignments(map[string]any{
				"started": gorm.Expr("started + 1"), "covered": gorm.Expr("covered + 1")})}).Create(&tally).Error
		})
		if err != nil {
			c.Status(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, gin.H{"items": []item{{PupilID: row.PupilID, Side: "pupil", Status: status, At: row.At}}})
	}
}

// openBaseline opens the database with the settings that serve the product best.
func openBaseline(dsn string) (*gorm.DB, error) {
	cfg, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	cfg.ParseTime = true
	cfg.InterpolateParams = true
	cfg.Params = map[string]string{"tx_isolation": "'READ-COMMITTED'"} // no gap locks, as the product
	db, err := gorm.Open(mysql.New(mysql.Config{DSN: cfg.FormatDSN()}), &gorm.Config{SkipDefaultTransaction: true, Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(baselineConns)
	pool.SetMaxIdleConns(baselineConns)
	return db, nil
}
