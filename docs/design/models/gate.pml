/*
 * Withdrawing a lane's fast path (Engine/Publish/LaneCore.cs).
 *
 * While only dispatched handlers are subscribed, the producer publishes without a look at the modes: it compares with
 * _fastEnd alone, and opens run after run without a fence. Another thread subscribes and unsubscribes an inline handler
 * (under the registry's lock, so one change after the other). Both write _fastEnd.
 *
 * Properties: a publish that begins after the change is over does not take the fast path, and does not open a run; at
 * the end the fast path is closed, since the last change asks for inline delivery.
 *
 *   -DNO_FENCE        no barrier between modes and null              must fail
 *   -DOWN_FENCE       a fence of the subscriber's own in its place   must fail
 *   -DNO_SECOND_LOOK  no look at the modes after opening a run       must fail
 */
#ifndef PUBLISHES
#define PUBLISHES 4
#endif

#define THREADS 2
#define PRODUCER 0
#define SUBSCRIBER 1

#define VARS 2
#define MODES 0
#define FAST_END 1	/* 0: null */
#define DISPATCHED 1
#define INLINE 2

#define CHANGES 3	/* inline, dispatched only, inline */

#include "pso.h"

/* The last change asked for inline delivery, its call has returned, and its stores are visible. */
#define SETTLED (changes == CHANGES && DRAINED(SUBSCRIBER))

byte changes;

inline CLOSE_FAST_PATH() { STORE(FAST_END, 0) }

proctype Producer() {
	byte me = PRODUCER;
	byte published;
	bool late;
	bool ended = true;	/* the run: the producer knows by its own _next */
	do
	:: published < PUBLISHES ->
		published++;
		late = SETTLED;
		if
		:: LOAD(FAST_END) != 0 && !ended ->
			assert(!late);
			if
			:: ended = true
			:: skip
			fi
		/* PublishSlow: an inline handler is called here if the modes say so. */
		:: else ->
			if
			:: LOAD(MODES) == DISPATCHED ->
				assert(!late);
				/* PublishFirstOfRun, OpenRun */
				ended = false;
				STORE_RELEASE(FAST_END, 1);
#ifndef NO_SECOND_LOOK
				if
				:: LOAD(MODES) != DISPATCHED -> CLOSE_FAST_PATH()
				:: else
				fi
#endif
			:: else
			fi
		fi;
		late = false
	:: else -> break
	od
}

proctype Subscriber() {
	byte me = SUBSCRIBER;
	byte t;
	do
	:: changes < CHANGES ->
		/* ISubscriptionListener.Tell: OnModesChanged, the barrier, OnModesVisible */
		STORE_RELEASE(MODES, (changes == 1 -> DISPATCHED : DISPATCHED | INLINE));
#ifdef OWN_FENCE
		DRAINED(me);
#else
#ifndef NO_FENCE
		BARRIER_ALL(t);
#endif
#endif
		CLOSE_FAST_PATH();
		changes++
	:: else -> break
	od
}

init {
	mem[MODES] = DISPATCHED;
	atomic {
		run Flusher(PRODUCER, FAST_END);
		run Flusher(SUBSCRIBER, FAST_END);
		run Flusher(SUBSCRIBER, MODES);
		run Producer();
		run Subscriber()
	}
	_nr_pr == 4 && DRAINED(PRODUCER) && DRAINED(SUBSCRIBER);	/* the flushers and this process */
	assert(mem[FAST_END] == 0)
}
