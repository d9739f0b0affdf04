/*
 * Withdrawing a lane's fast path (Engine/Publish/LaneCore.cs).
 *
 * While only dispatched handlers are subscribed, the producer publishes without a look at the modes: it compares with
 * _fastEnd alone. Another thread subscribes and unsubscribes an inline handler (under the registry's lock, so one
 * change after the other). Both write _fastEnd.
 *
 * Properties: a publish that begins after the change is over does not take the fast path; at the end the fast path is
 * closed, since the last change asks for inline delivery.
 *
 *   -DNO_FENCE        no fence on either side                must fail
 *   -DNO_OPEN_FENCE   none in OpenFastPath                   must fail
 *   -DNO_MODES_FENCE  none in OnModesChanged                 must fail
 */
#ifdef NO_FENCE
#define NO_OPEN_FENCE
#define NO_MODES_FENCE
#endif
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
	do
	:: published < PUBLISHES ->
		published++;
		late = SETTLED;
		if
		:: LOAD(FAST_END) != 0 -> assert(!late)
		:: else ->
			/* PublishSlow: an inline handler is called here if the modes say so. OpenFastPath: */
			STORE(FAST_END, 1);
#ifndef NO_OPEN_FENCE
			DRAINED(me);
#endif
			if
			:: LOAD(MODES) != DISPATCHED -> CLOSE_FAST_PATH()
			:: else
			fi
		fi;
		late = false
	:: else -> break
	od
}

proctype Subscriber() {
	byte me = SUBSCRIBER;
	do
	:: changes < CHANGES ->
		/* OnModesChanged */
		STORE_RELEASE(MODES, (changes == 1 -> DISPATCHED : DISPATCHED | INLINE));
#ifndef NO_MODES_FENCE
		DRAINED(me);
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
