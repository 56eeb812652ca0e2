// The ceiling: a bare loop of franz-go that changes one byte, without decoding. franz-go WORKLOAD BROKERS FROM TO GROUP
package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	before = []byte("\x06new")
	after  = []byte("\x08seen")
)

// The status follows the currency; nothing before it can hold these bytes.
func seen(value []byte) []byte {
	at := bytes.Index(value, append([]byte("\x06USD"), before...)) + 4
	out := make([]byte, 0, len(value)+1)
	out = append(out, value[:at]...)
	out = append(out, after...)
	return append(out, value[at+len(before):]...)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func copies(fetches kgo.Fetches, to string) []*kgo.Record {
	var out []*kgo.Record
	fetches.EachRecord(func(r *kgo.Record) {
		out = append(out, &kgo.Record{Topic: to, Key: r.Key, Value: seen(r.Value), Timestamp: r.Timestamp})
	})
	return out
}

func main() {
	workload, brokers, from, to, group := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ConsumerGroup(group), kgo.ConsumeTopics(from),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.DisableAutoCommit(), kgo.MaxBufferedRecords(200_000), kgo.RequireStableFetchOffsets(),
	}
	if workload == "B1" {
		atLeastOnce(ctx, options, to)
	} else {
		exactlyOnce(ctx, append(options, kgo.TransactionalID(group), kgo.FetchIsolationLevel(kgo.ReadCommitted())), to)
	}
}

func atLeastOnce(ctx context.Context, options []kgo.Opt, to string) {
	client, err := kgo.NewClient(options...)
	must(err)
	defer client.Close()
	for ctx.Err() == nil {
		begun := time.Now()
		for time.Since(begun) < 100*time.Millisecond {
			polled, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			for _, r := range copies(client.PollRecords(polled, 10_000), to) {
				client.Produce(ctx, r, func(_ *kgo.Record, err error) {
					if ctx.Err() == nil {
						must(err)
					}
				})
			}
			cancel()
		}
		if client.Flush(ctx) == nil {
			_ = client.CommitUncommittedOffsets(ctx)
		}
	}
}

func exactlyOnce(ctx context.Context, options []kgo.Opt, to string) {
	session, err := kgo.NewGroupTransactSession(options...)
	must(err)
	defer session.Close()
	for ctx.Err() == nil {
		must(session.Begin())
		begun := time.Now()
		for time.Since(begun) < 100*time.Millisecond {
			polled, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			for _, r := range copies(session.PollRecords(polled, 10_000), to) {
				session.Produce(ctx, r, nil)
			}
			cancel()
		}
		_, err := session.End(ctx, kgo.TryCommit)
		if ctx.Err() == nil {
			must(err)
		}
	}
}
