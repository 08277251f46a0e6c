// Package schedule decides when the client speaks next. It asks no clock itself.
package schedule

import (
	"math/rand/v2"
	"time"
)

const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// jitter is the part of an interval by which contacts are spread, so that computers started together part again.
	jitter = 0.1
	// DefaultInterval holds until the server has named one.
	DefaultInterval = 15 * time.Minute
	// AfterBoot is the longest wait of a first contact: a site comes back from a power cut all at once.
	AfterBoot = 10 * time.Second
)

// Retry is how long to wait after so many failures in a row.
func Retry(failures int) time.Duration {
	pause := lastRetry
	if failures < 9 {
		pause = min(firstRetry<<max(failures-1, 0), lastRetry)
	}
	return spread(pause)
}

// Interval is how long to wait after a contact for which the server said contactAfter seconds.
func Interval(contactAfter int) time.Duration {
	if contactAfter <= 0 {
		return spread(DefaultInterval)
	}
	return spread(time.Duration(contactAfter) * time.Second)
}

// Start is when a client that was just started speaks first: soon after a boot, else when its interval ends.
func Start(now time.Time, sameBoot bool, lastContact time.Time, contactAfter int) time.Time {
	soon := now.Add(time.Duration(rand.Float64() * float64(AfterBoot)))
	if !sameBoot {
		return soon
	}
	due := lastContact.Add(Interval(contactAfter))
	// a clock that was set back must not silence the client
	if due.Before(soon) || lastContact.After(now) {
		return soon
	}
	return due
}

func spread(interval time.Duration) time.Duration {
	return time.Duration(float64(interval) * (1 - jitter + 2*jitter*rand.Float64()))
}
