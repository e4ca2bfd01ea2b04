package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// reportBody is a watch report as the product takes it.
type reportBody struct {
	Seq      int64        `json:"seq"`
	Position float64      `json:"position"`
	Rate     float64      `json:"rate"`
	Segments [][2]float64 `json:"segments"`
}

// reportAnswer is what the product returns for it.
type reportAnswer struct {
	WatchedSeconds    int        `json:"watchedSeconds"`
	Percent           int        `json:"percent"`
	Completed         bool       `json:"completed"`
	Rejected          []struct{} `json:"rejected"`
	NextReportSeconds int        `json:"nextReportSeconds"`
}

func answerTo(r *reportBody) reportAnswer {
	return reportAnswer{WatchedSeconds: int(r.Position), Rejected: []struct{}{}, NextReportSeconds: 15}
}

// jsonBaseline is a Gin that decodes a report's JSON and responds: no token, no
// database, the least that any Gin service does.
func jsonBaseline() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/api/v1/watches/:id/reports", func(c *gin.Context) {
		var report reportBody
		if err := c.ShouldBindJSON(&report); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, answerTo(&report))
	})
	return engine
}
