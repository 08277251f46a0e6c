package schedule

import (
	"testing"
	"time"
)

func TestRetriesGetRarerAndHaveAnEnd(t *testing.T) {
	for failures, bounds := range map[int][2]time.Duration{
		1:       {900 * time.Millisecond, 1100 * time.Millisecond},
		4:       {7200 * time.Millisecond, 8800 * time.Millisecond},
		9:       {270 * time.Second, 330 * time.Second},
		1 << 40: {270 * time.Second, 330 * time.Second},
	} {
		for range 100 {
			if pause := Retry(failures); pause < bounds[0] || pause > bounds[1] {
				t.Fatalf("after %d failures: %v", failures, pause)
			}
		}
	}
}

func TestIntervalsAreSpread(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 100 {
		interval := Interval(900)
		if interval < 810*time.Second || interval > 990*time.Second {
			t.Fatal(interval)
		}
		seen[interval] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d different ones of 100", len(seen))
	}
	if unsaid := Interval(0); unsaid < 13*time.Minute {
		t.Error(unsaid)
	}
}

func TestFirstContact(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	within := func(name string, at time.Time, low, high time.Duration) {
		t.Helper()
		if wait := at.Sub(now); wait < low || wait > high {
			t.Errorf("%s: %v", name, wait)
		}
	}
	minute := time.Minute
	within("after a boot", Start(now, false, now.Add(-minute), 900), 0, AfterBoot)
	within("after an update", Start(now, true, now.Add(-minute), 900), 12*minute, 16*minute)
	within("overdue", Start(now, true, now.Add(-time.Hour), 900), 0, AfterBoot)
	within("with a clock set back", Start(now, true, now.Add(24*time.Hour), 900), 0, AfterBoot)
}
