namespace Engine.Bus.Versions;

/// <summary>What became of an event from outside.</summary>
public enum UpcastOutcome
{
    /// <summary>It was of the newest version and has been published.</summary>
    Current,

    /// <summary>It was of an older version and has been published as that, and as the newest if anybody wants it.</summary>
    Upcast,

    /// <summary>Its name is known and its version is not, probably because it is newer; it is parked.</summary>
    ParkedUnknownVersion,

    /// <summary>Its name is not known; it is parked.</summary>
    ParkedUnknownEvent,

    /// <summary>
    /// Its bytes are not an event of the version they are said to be, or nothing here reads them; it is parked with the error.
    /// </summary>
    ParkedUnreadable,

    /// <summary>
    /// It was read, but an upcaster on its way to the newest version threw; it is parked with the error, and no handler has got it,
    /// in whichever version.
    /// </summary>
    ParkedUpcastFailed,

    /// <summary>It would have been parked, but there is no room. It is still the caller's.</summary>
    RefusedParkingFull,
}
