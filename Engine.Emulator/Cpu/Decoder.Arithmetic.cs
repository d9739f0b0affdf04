namespace Engine.Emulator.Cpu;

internal static partial class Decoder
{
    private static MicroOpCode DecodeImmediate(uint instruction, uint function3)
    {
        uint function6 = instruction >> 26;
        return function3 switch
        {
            0 => MicroOpCode.Addi,
            1 => function6 == 0 ? MicroOpCode.Slli : MicroOpCode.Illegal,
            2 => MicroOpCode.Slti,
            3 => MicroOpCode.Sltiu,
            4 => MicroOpCode.Xori,
            5 when function6 == 0 => MicroOpCode.Srli,
            5 when function6 == 0x10 => MicroOpCode.Srai,
            6 => MicroOpCode.Ori,
            7 => MicroOpCode.Andi,
            _ => MicroOpCode.Illegal,
        };
    }

    private static MicroOpCode DecodeImmediateWord(uint instruction, uint function3)
    {
        uint function7 = instruction >> 25;
        return function3 switch
        {
            0 => MicroOpCode.Addiw,
            1 when function7 == 0 => MicroOpCode.Slliw,
            5 when function7 == 0 => MicroOpCode.Srliw,
            5 when function7 == 0x20 => MicroOpCode.Sraiw,
            _ => MicroOpCode.Illegal,
        };
    }

    private static MicroOpCode DecodeRegister(uint instruction, uint function3)
    {
        switch (instruction >> 25)
        {
            case 0:
                return function3 switch
                {
                    0 => MicroOpCode.Add,
                    1 => MicroOpCode.Sll,
                    2 => MicroOpCode.Slt,
                    3 => MicroOpCode.Sltu,
                    4 => MicroOpCode.Xor,
                    5 => MicroOpCode.Srl,
                    6 => MicroOpCode.Or,
                    _ => MicroOpCode.And,
                };
            case 1:
                return MicroOpCode.Mul + (byte)function3;
            case 0x20 when function3 == 0:
                return MicroOpCode.Sub;
            case 0x20 when function3 == 5:
                return MicroOpCode.Sra;
            default:
                return MicroOpCode.Illegal;
        }
    }

    private static MicroOpCode DecodeRegisterWord(uint instruction, uint function3) =>
        (instruction >> 25, function3) switch
        {
            (0, 0) => MicroOpCode.Addw,
            (0, 1) => MicroOpCode.Sllw,
            (0, 5) => MicroOpCode.Srlw,
            (0x20, 0) => MicroOpCode.Subw,
            (0x20, 5) => MicroOpCode.Sraw,
            (1, 0) => MicroOpCode.Mulw,
            (1, 4) => MicroOpCode.Divw,
            (1, 5) => MicroOpCode.Divuw,
            (1, 6) => MicroOpCode.Remw,
            (1, 7) => MicroOpCode.Remuw,
            _ => MicroOpCode.Illegal,
        };
}
