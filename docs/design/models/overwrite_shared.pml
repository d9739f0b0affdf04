/*
 * Overwriting with several producers (DropOldest; Engine/Ring/MultiProducerSequencer.cs, RingReader.cs).
 *
 * Two producers claim positions, mark the slot, write its two parts and publish it by its state. Their stores become
 * visible in any order that release stores and the write barrier allow. The consumer loads the parts of its copy in any
 * order, and without the read barrier also after the second look at the state.
 *
 * Property: an event that is accepted is whole and is the one of its position.
 *
 *   -DNO_FENCE           neither barrier                                               must fail
 *   -DNO_WRITE_BARRIER   no Volatile.WriteBarrier in MarkWriting                       must fail
 *   -DNO_READ_BARRIER    no Volatile.ReadBarrier in CountOverwritten                   must fail
 *   -DNO_LAP_WAIT        a writer does not wait for the one a lap behind in its slot   must fail
 */
#ifdef NO_FENCE
#define NO_WRITE_BARRIER
#define NO_READ_BARRIER
#endif
#ifndef EVENTS
#define EVENTS 4
#endif
#define CAPACITY 2

#define THREADS 2
#define VARS 6
#define STATE(position) ((position) % CAPACITY)
#define PART(position, part) (2 + ((position) % CAPACITY) * 2 + (part))
#define WRITING(position) (2 * (position) + 1)
#define PUBLISHED(position) (2 * (position) + 2)

#include "pso.h"

/* Changed by compare-and-swap only, so always visible. */
byte claimed;

proctype Producer(byte me) {
	byte position;
	bool isOver;
	do
	:: true ->
		atomic {
			DRAINED(me);
			if
			:: claimed < EVENTS -> position = claimed; claimed++
			:: else -> isOver = true
			fi
		}
		if
		:: isOver -> break
		:: else
		fi;
		/* MarkWriting */
#ifndef NO_LAP_WAIT
		LOAD(STATE(position)) == (position < CAPACITY -> 0 : PUBLISHED(position - CAPACITY));
#endif
		STORE_RELEASE(STATE(position), WRITING(position));
#ifndef NO_WRITE_BARRIER
		DRAINED(me);
#endif
		STORE(PART(position, 0), position + 1);
		STORE(PART(position, 1), position + 1);
		/* Publish */
		STORE_RELEASE(STATE(position), PUBLISHED(position));
		position = 0
	od
}

proctype Consumer() {
	byte consumed, undone, state, first, second;
	do
	:: consumed == EVENTS -> break
	:: else ->
		/* Available, for one event */
		if
		:: claimed > CAPACITY + consumed -> consumed = claimed - CAPACITY
		:: else
		fi;
		if
		:: consumed < EVENTS && mem[STATE(consumed)] == PUBLISHED(consumed) ->
			/* The copy: bits 0 and 1 of undone are its parts, bit 2 the second look at the state. */
			undone = 7;
			do
			:: undone & 1 -> first = mem[PART(consumed, 0)]; undone = undone - 1
			:: undone & 2 -> second = mem[PART(consumed, 1)]; undone = undone - 2
#ifdef NO_READ_BARRIER
			:: undone & 4 -> state = mem[STATE(consumed)]; undone = undone - 4
#else
			:: undone == 4 -> state = mem[STATE(consumed)]; undone = 0
#endif
			:: undone == 0 -> break
			od;
			/* CountOverwritten; an event that is not whole is skipped */
			if
			:: state == PUBLISHED(consumed) ->
				assert(first == consumed + 1 && second == consumed + 1)
			:: else
			fi;
			consumed++;
			first = 0;
			second = 0;
			state = 0
		:: claimed > CAPACITY + consumed			/* look again */
		fi
	od
}

init {
	atomic {
		run Flusher(0, 0); run Flusher(0, 1); run Flusher(0, 2); run Flusher(0, 3); run Flusher(0, 4); run Flusher(0, 5);
		run Flusher(1, 0); run Flusher(1, 1); run Flusher(1, 2); run Flusher(1, 3); run Flusher(1, 4); run Flusher(1, 5);
		run Producer(0);
		run Producer(1);
		run Consumer()
	}
}
