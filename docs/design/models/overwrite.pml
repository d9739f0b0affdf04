/*
 * Reading a ring that is being overwritten (DropOldest; Engine/Ring/SingleProducerSequencer.cs, RingReader.cs).
 *
 * Slots have two parts, which stand for the words of an event. The producer's stores become visible in any order that
 * its release stores and its write barrier allow. The consumer loads the parts of its copy in any order, and without
 * the read barrier also after the second look at Intent.
 *
 * Properties: an event that is accepted is whole and is the one of its position. A look never yields a negative count.
 *
 *   -DNO_FENCE           neither barrier                                     must fail
 *   -DNO_WRITE_BARRIER   no Volatile.WriteBarrier in RefreshLimit            must fail
 *   -DNO_READ_BARRIER    no Volatile.ReadBarrier in CountOverwritten         must fail
 *   -DSTALE_CURSOR       Available uses the cursor loaded before Intent      must fail
 */
#ifdef NO_FENCE
#define NO_WRITE_BARRIER
#define NO_READ_BARRIER
#endif
#ifndef EVENTS
#define EVENTS 5
#endif
#define CAPACITY 2
#define CHUNK 1

#define VARS 6
#define CURSOR 0
#define INTENT 1
#define PART(position, part) (2 + ((position) % CAPACITY) * 2 + (part))

#define THREADS 1	/* the consumer stores nothing */
#define PRODUCER 0
#include "pso.h"

proctype Producer() {
	byte me = PRODUCER;
	byte position;
	do
	:: position < EVENTS ->
		/* RefreshLimit; the chunk is one event */
		STORE_RELEASE(INTENT, position + CHUNK);
#ifndef NO_WRITE_BARRIER
		DRAINED(me);
#endif
		STORE(PART(position, 0), position + 1);
		STORE(PART(position, 1), position + 1);
		STORE_RELEASE(CURSOR, position + 1);
		position++
	:: else -> break
	od
}

proctype Consumer() {
	byte consumed, cursor, intent, i, undone;
	short count, overwritten;
	byte copy[4];
	do
	:: consumed == EVENTS -> break
	:: else ->
		/* Available */
		cursor = mem[CURSOR];
		if
		:: cursor == consumed -> mem[CURSOR] != consumed	/* idle until there is something */
		:: else ->
			intent = mem[INTENT];
			if
			:: intent > CAPACITY + consumed ->
				consumed = intent - CAPACITY;
#ifndef STALE_CURSOR
				cursor = mem[CURSOR]
#endif
			:: else
			fi;
			count = cursor - consumed;
			assert(count > 0);
			if
			:: count > 1
			:: count = 1		/* the caller wants one */
			:: count > CAPACITY -> count = CAPACITY
			fi;
			if
			:: count > CAPACITY -> count = CAPACITY
			:: else
			fi;

			/* The copy: bits 0 to 3 of undone are its parts, bit 4 the second look at Intent. */
			undone = (count == 1 -> 3 : 15) | 16;
			do
			:: undone & 1 -> copy[0] = mem[PART(consumed, 0)]; undone = undone - 1
			:: undone & 2 -> copy[1] = mem[PART(consumed, 1)]; undone = undone - 2
			:: undone & 4 -> copy[2] = mem[PART(consumed + 1, 0)]; undone = undone - 4
			:: undone & 8 -> copy[3] = mem[PART(consumed + 1, 1)]; undone = undone - 8
#ifdef NO_READ_BARRIER
			:: undone & 16 -> intent = mem[INTENT]; undone = undone - 16
#else
			:: undone == 16 -> intent = mem[INTENT]; undone = 0
#endif
			:: undone == 0 -> break
			od;

			/* CountOverwritten: Clamp(Intent - Capacity - Consumed, 0, count) */
			overwritten = intent - CAPACITY - consumed;
			if
			:: overwritten < 0 -> overwritten = 0
			:: overwritten > count -> overwritten = count
			:: else
			fi;
			i = overwritten;
			do
			:: i < count ->
				assert(copy[i * 2] == consumed + i + 1);
				assert(copy[i * 2 + 1] == consumed + i + 1);
				i++
			:: else -> break
			od;
			consumed = consumed + count;
			i = 0; count = 0; overwritten = 0; intent = 0; cursor = 0;
			copy[0] = 0; copy[1] = 0; copy[2] = 0; copy[3] = 0
		fi
	od
}

init {
	atomic {
		run Flusher(PRODUCER, 0); run Flusher(PRODUCER, 1); run Flusher(PRODUCER, 2);
		run Flusher(PRODUCER, 3); run Flusher(PRODUCER, 4); run Flusher(PRODUCER, 5);
		run Producer();
		run Consumer()
	}
}
