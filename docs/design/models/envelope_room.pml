/*
 * A publisher that waits for room without a thread, and the reader that makes room (Engine.Bus/Queues/EnvelopeRing*.cs).
 *
 * The ring has one place, which is taken. The reader takes the event out and releases a permit if it sees somebody waiting. Two
 * publishers wait: each counts itself as waiting, has a process-wide barrier, and claims the place or waits for a permit. The one
 * that gets it publishes, so that the reader has another event to take.
 *
 * Properties: no publisher waits for ever (no invalid end state), and the place is never taken twice.
 *
 *   -DNO_BARRIER          none between counting oneself as waiting and the look for room        must fail
 *   -DNO_RELEASE          the reader does not look for who waits                                must fail
 */
#define THREADS 3
#define READER 2

#define VARS 3
#define CONSUMED 0	/* positions read: the places given back */
#define CLAIMED 1	/* positions claimed */
#define WAITING 2	/* EnvelopeRing._waiting */

#include "tso.h"

byte permits;		/* of the semaphore */
byte published;

/* EnvelopeRing.ClaimAsync */
proctype Publisher(byte me) {
	byte t;
	bool isClaimed;
	atomic { DRAINED(me) -> mem[WAITING] = mem[WAITING] + 1 };
	do
	:: isClaimed -> break
	:: else ->
#ifndef NO_BARRIER
		BARRIER_ALL(t);
#endif
		/* BoundedSequencer.TryClaim: reads what is free, which the reader's buffer may still hold back, and compares and swaps. */
		if
		:: LOAD(CLAIMED) - LOAD(CONSUMED) < 1 ->
			atomic {
				DRAINED(me);
				if
				:: mem[CLAIMED] - mem[CONSUMED] < 1 -> mem[CLAIMED] = mem[CLAIMED] + 1; isClaimed = true
				:: else
				fi
			}
		:: else ->
			/* SemaphoreSlim.WaitAsync */
			atomic { permits > 0 -> permits-- }
		fi
	od;
	atomic { DRAINED(me) -> mem[WAITING] = mem[WAITING] - 1 };
	published++
}

/* EnvelopeRing.Take of one event, three times: the first event and those of the two publishers. */
proctype Reader() {
	byte me = READER;
	byte next;
	do
	:: next == 3 -> break
	:: next < 3 && next <= published ->
		next++;
		STORE(CONSUMED, next);
#ifndef NO_RELEASE
		if
		:: LOAD(WAITING) > permits -> permits++
		:: else
		fi
#endif
	od
}

init {
	atomic {
		mem[CLAIMED] = 1;
		run Flusher(READER);
		run Reader();
		run Publisher(0);
		run Publisher(1)
	}
	timeout -> assert(published == 2 && mem[CLAIMED] == 3 && mem[CONSUMED] == 3)
}
