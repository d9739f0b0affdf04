/*
 * Sleeping and waking without a fence on the waker's side (Engine/Ring/WakeSignal.cs).
 *
 * A producer publishes EVENTS events into a ring of CAPACITY slots under the policy Wait; a dispatcher takes them.
 * Each sleeps on its own signal while it has nothing to do: the dispatcher on the work signal while the ring is
 * empty, the producer on the space signal while it is full. Sleeps have no timeout here.
 *
 * Property: no invalid end state. A sleeper that nobody wakes while there is something for it to do would be one.
 *
 *   -DNO_FENCE         no process-wide barrier in either sleeper      must fail
 *   -DNO_WORK_FENCE    none in the dispatcher's sleep                 must fail
 *   -DNO_SPACE_FENCE   none in the producer's sleep                   must fail
 *   -DNO_WAKER_FENCE   a waker that finds Fenced alone goes on        must fail
 *   -DKEEP_FENCED      a barrier is left out after any earlier sleep  must fail
 */
#ifdef NO_FENCE
#define NO_WORK_FENCE
#define NO_SPACE_FENCE
#endif
#ifdef NO_WORK_FENCE
#define WORK_BARRIER false
#else
#define WORK_BARRIER true
#endif
#ifdef NO_SPACE_FENCE
#define SPACE_BARRIER false
#else
#define SPACE_BARRIER true
#endif
#ifndef EVENTS
#define EVENTS 4
#endif
#define CAPACITY 2

#define THREADS 2
#define PRODUCER 0
#define DISPATCHER 1

#define VARS 4
#define CURSOR 0
#define CONSUMED 1
#define WORK 2		/* state of the work signal */
#define SPACE 3		/* state of the space signal */
#define PARKED 1
#define FENCED 4

#include "tso.h"

/* SleepFlag: setting and taking it are full fences. */
bool workSet, spaceSet;
byte dispatched;

inline SET(isSet) { atomic { DRAINED(me); isSet = true } }
inline WAIT_UNTIL_SET(isSet) { atomic { DRAINED(me) && isSet -> isSet = false } }

inline WAKE(signal, isSet) {
	CLEAR(signal, PARKED, old);
	if
	:: old & PARKED -> SET(isSet)
	:: else ->
		if
		:: old & FENCED -> CLEAR(signal, FENCED, old)
		:: else
		fi
	fi;
	old = 0
}

#ifdef NO_WAKER_FENCE
#define RAISED(signal) ((LOAD(signal) & PARKED) != 0)
#else
#define RAISED(signal) (LOAD(signal) != 0)
#endif

#ifdef KEEP_FENCED
#define IS_FENCED(slept) (slept)
#else
#define IS_FENCED(slept) (old & FENCED)
#endif

/* The announcement of a sleep, up to the second look. */
inline ANNOUNCE(signal, slept, barrier) {
	OR(signal, PARKED | FENCED, old);
	if
	:: barrier && !IS_FENCED(slept) -> BARRIER_ALL(t)
	:: else
	fi;
	old = 0;
	slept = true
}

inline INTERRUPT(signal, isSet) {
	CLEAR(signal, PARKED, old);
	old = 0;
	SET(isSet)
}

proctype Producer() {
	byte me = PRODUCER;
	byte old, t, position;
	bool slept;
	do
	:: position < EVENTS ->
		/* Sequencer.WaitForRoom */
		do
		:: position < LOAD(CONSUMED) + CAPACITY -> break
		:: else ->
			INTERRUPT(WORK, workSet);
			if
			:: true		/* RoomBackOff: spin or yield */
			:: true ->	/* WakeSignal.Park */
				ANNOUNCE(SPACE, slept, SPACE_BARRIER);
				if
				:: position < LOAD(CONSUMED) + CAPACITY
				:: else -> WAIT_UNTIL_SET(spaceSet)
				fi;
				CLEAR(SPACE, PARKED, old);
				old = 0
			fi
		od;
		/* SingleProducerSequencer.CommitIsSignalled */
		STORE(CURSOR, position + 1);
		position++;
		if
		:: RAISED(WORK) -> WAKE(WORK, workSet)
		:: else
		fi
	:: else -> break
	od
}

proctype Dispatcher() {
	byte me = DISPATCHER;
	byte old, t, consumed, cursor;
	bool slept;
	do
	:: consumed == EVENTS -> break
	:: else ->
		cursor = LOAD(CURSOR);
		if
		:: cursor > consumed ->
			/* A batch: all that is there, or one event. */
			if
			:: consumed = cursor
			:: consumed = consumed + 1
			fi;
			dispatched = consumed;
			/* Sequencer.Advance */
			STORE(CONSUMED, consumed);
			if
			:: RAISED(SPACE) -> WAKE(SPACE, spaceSet)
			:: else
			fi
		:: else ->
			/* WakeSignal.Park */
			ANNOUNCE(WORK, slept, WORK_BARRIER);
			if
			:: LOAD(CURSOR) != consumed
			:: else -> WAIT_UNTIL_SET(workSet)
			fi;
			CLEAR(WORK, PARKED, old);
			old = 0
		fi;
		cursor = 0
	od;
	assert(dispatched == EVENTS)
}

init {
	atomic {
		run Flusher(PRODUCER);
		run Flusher(DISPATCHER);
		run Producer();
		run Dispatcher()
	}
}
