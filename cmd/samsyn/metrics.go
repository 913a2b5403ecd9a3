package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samsyn/indexer"
	"samsyn/internal/linker"
)

// meters tells Prometheus how the installation fares. All of it is asked of the
// store and the queue when Prometheus asks, so nothing can drift.
type meters struct{ app *app }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("samsyn_"+name, help, labels, nil)
}

var (
	queueJobs      = describe("queue_jobs", "Jobs in the queue.", "queue", "state")
	queueOldest    = describe("queue_oldest_seconds", "How long the first waiting job has waited.", "queue")
	sourceRecords  = describe("source_records", "Records of a source.", "source")
	sourceProblems = describe("source_problems", "Files, rows and mails of a source that could not be read.", "source")
	sourceHeld     = describe("source_held", "Removals that wait for somebody to accept them.", "source")
	sourceAge      = describe("source_age_seconds", "Time since everything of the source was read.", "source")
	sourceFailing  = describe("source_failing", "1 if the last look at the source failed.", "source", "class")
	followers      = describe("followers_behind", "1 if something read is not yet searchable.")
	distance       = describe("follower_distance", "Changes that are not yet linked or indexed, at most a million of each kind.", "follower")
)

func (m meters) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueJobs, queueOldest, sourceRecords, sourceProblems, sourceHeld, sourceAge, sourceFailing, followers, distance} {
		to <- d
	}
}

// scrapeTime bounds how long one question of Prometheus may take.
const scrapeTime = 5 * time.Second

func (m meters) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if stats, err := m.app.workers.Stats(ctx); err == nil {
		for queue, d := range stats {
			gauge(queueJobs, float64(d.Waiting), queue, "waiting")
			gauge(queueJobs, float64(d.Running), queue, "running")
			gauge(queueJobs, float64(d.Later), queue, "later")
			gauge(queueJobs, float64(d.Failed), queue, "failed")
			gauge(queueOldest, d.Oldest.Seconds(), queue)
		}
	}
	if toLink, toIndex, err := m.app.distance(ctx); err == nil {
		gauge(distance, float64(toLink), "link")
		gauge(distance, float64(toIndex), "index")
		gauge(followers, float64(min(toLink+toIndex, 1)))
	}
	all, err := m.app.store.Statuses(ctx)
	if err != nil {
		return
	}
	for _, s := range all {
		gauge(sourceRecords, float64(s.Records), s.Name)
		gauge(sourceProblems, float64(s.Problems), s.Name)
		gauge(sourceHeld, float64(s.Held), s.Name)
		if !s.Synced.IsZero() {
			gauge(sourceAge, time.Since(s.Synced).Seconds(), s.Name)
		}
		failing := 0.0
		if s.Class != "" {
			failing = 1
		}
		gauge(sourceFailing, failing, s.Name, s.Class)
	}
}

// distance counts what waits for the followers.
func (b *base) distance(ctx context.Context) (toLink, toIndex int, err error) {
	link, err := b.store.Cursor(ctx, linker.Cursor)
	if err != nil {
		return 0, 0, err
	}
	index, err := indexer.Place(ctx, b.store)
	if err != nil {
		return 0, 0, err
	}
	return b.store.Distance(ctx, link, index)
}
