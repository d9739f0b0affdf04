namespace Engine.Emulator.Devices;

/// <summary>Register offsets and bits of a 16550A, by their names in its data sheet.</summary>
internal static class UartRegisters
{
    public const ulong Data = 0;
    public const ulong InterruptEnable = 1;
    public const ulong InterruptIdentification = 2;
    public const ulong LineControl = 3;
    public const ulong ModemControl = 4;
    public const ulong LineStatus = 5;
    public const ulong ModemStatus = 6;
    public const ulong Scratch = 7;

    public const byte IerReceivedData = 0x01;
    public const byte IerTransmitterEmpty = 0x02;
    public const byte IerLineStatus = 0x04;
    public const byte IerModemStatus = 0x08;
    public const byte IerMask = 0x0F;

    public const byte IirNone = 0x01;
    public const byte IirModemStatus = 0x00;
    public const byte IirTransmitterEmpty = 0x02;
    public const byte IirReceivedData = 0x04;
    public const byte IirLineStatus = 0x06;
    public const byte IirCharacterTimeout = 0x0C;
    public const byte IirFifosEnabled = 0xC0;

    public const byte FcrEnable = 0x01;
    public const byte FcrClearReceive = 0x02;

    public const byte LcrDataBits = 0x03;
    public const byte LcrTwoStopBits = 0x04;
    public const byte LcrParity = 0x08;
    public const byte LcrDivisorLatch = 0x80;

    public const byte McrDtr = 0x01;
    public const byte McrRts = 0x02;
    public const byte McrOut1 = 0x04;
    public const byte McrOut2 = 0x08;
    public const byte McrLoopback = 0x10;
    public const byte McrMask = 0x1F;

    public const byte LsrDataReady = 0x01;
    public const byte LsrOverrun = 0x02;
    public const byte LsrTransmitterEmpty = 0x60;

    public const byte MsrClearToSend = 0x10;
    public const byte MsrDataSetReady = 0x20;
    public const byte MsrRing = 0x40;
    public const byte MsrCarrier = 0x80;
    public const byte MsrTrailingRing = 0x04;
}
