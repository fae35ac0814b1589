using System.Globalization;
using System.Text;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>A roster with so many bad rows of every kind, and what has to become of each of its rows.</summary>
internal sealed class BadRoster
{
    /// <summary>A number that said STOP.</summary>
    public const string Silent = "+1 512 555 0100";

    private const string OptIn = "\"I agree, in \"\"my\"\" words\",v1,en,paper,form 7,2026-01-05";

    private static readonly (string Row, string Said)[] s_bad =
    [
        ("{0},,", "drivers.name name"),
        (",Nobody,", "imports.driver_unnamed samsara_driver_id"),
        (",Nobody,+1 512 555 9999", "imports.driver_unknown samsara_driver_id"),
        ("{1},Name,", "drivers.samsara_id samsara_driver_id"),
        ("{0},{2},", "drivers.name name"),
        ("{0},Name,12", "drivers.phone_invalid phone"),
        ("{0},Name,5.12556E+09", "drivers.phone_invalid phone"),
        ("{0},Name,+1 512 555 0123,German", "drivers.language language"),
        ("{0},Name,525512345678,,yes," + OptIn, "drivers.phone_in_doubt phone"),
        ("{0},Name,,,yes," + OptIn, "drivers.phone_in_doubt phone"),
        ("{0},Name," + Silent + ",,yes," + OptIn, "drivers.phone_stopped"),
        ("{0},Name,+1 512 555 0123,,perhaps", "imports.consent_word consent"),
        ("{0},Name,+1 512 555 0123,,yes,,v1,en,paper,form 7,2026-01-05", "consent.evidence_incomplete opt_in.text"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,,en,paper,form 7,2026-01-05", "consent.evidence_incomplete opt_in.text_version"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,v1,English!,paper,form 7,2026-01-05", "consent.evidence_incomplete opt_in.language"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,v1,en,telepathy,form 7,2026-01-05", "consent.evidence_incomplete opt_in.method"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,v1,en,paper,,2026-01-05", "consent.evidence_incomplete opt_in.evidence"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,v1,en,paper,form 7,2099-01-05", "consent.evidence_incomplete opt_in.agreed_at"),
        ("{0},Name,+1 512 555 0123,,yes,I agree,v1,en,paper,form 7,03/04/2026", "imports.date_unclear opt_in.agreed_at"),
        ("good-1,Twice,", "imports.duplicate samsara_driver_id"),
        ("{0},Na\u0007me,", "imports.unreadable"),
        ("{0},O\"Brien,", "imports.row_malformed"),
    ];

    private const int Cells = 11;

    private static readonly string[] s_whole = ["{0},Name,,,,,,,,,,one too many|imports.too_many_cells", "{0},Name|imports.too_few_cells"];

    public static int Kinds => s_bad.Length + s_whole.Length;

    public required byte[] File { get; init; }

    /// <summary>As <see cref="ImportBench.SaidAsync"/> says it.</summary>
    public required string[] Said { get; init; }

    public required int Good { get; init; }

    /// <param name="withSilent">Somebody has the number <see cref="Silent"/>.</param>
    /// <param name="bad">So many bad rows, of all kinds in turn, spread over the file.</param>
    public static BadRoster Make(int rows, int bad, bool withSilent = true)
    {
        var (file, said, good, every) = (new StringBuilder("Samsara ID,Nombre,Teléfono,Idioma,Consent,Consent text,Consent version,Consent language,Consent method,Proof,Consent date\r\n"), new List<string>(), 0, rows / bad);
        for (var number = 1; number <= rows; number++)
        {
            if (number % every == 0 && number / every <= bad)
            {
                var (row, code) = Bad((number / every) % Kinds);
                if (!withSilent && row.Contains(Silent, StringComparison.Ordinal)) (row, code) = Bad(0);
                file.Append(CultureInfo.InvariantCulture, $"{string.Format(CultureInfo.InvariantCulture, row, $"bad-{number}", new string('7', 101), new string('N', 201))}\r\n");
                said.Add($"{number} refused {code}");
            }
            else AddGood(file, said, number, ++good);
        }
        return new() { File = Encoding.UTF8.GetBytes(file.ToString()), Said = [.. said], Good = good };
    }

    // Every tenth shares the phone of the one before, every fifth has agreed, every seventh has no phone.
    private static void AddGood(StringBuilder file, List<string> said, int number, int good)
    {
        var (shares, agrees, hasPhone) = (good % 10 == 0, good % 5 == 1, good % 7 != 0 || good % 10 == 0 || good % 5 == 1);
        // The one before a sharer has a phone in any case.
        hasPhone |= good % 10 == 9;
        var phone = hasPhone ? string.Create(CultureInfo.InvariantCulture, $"+1 ({201 + (shares ? good - 1 : good) / 7000 % 8}) 55{(shares ? good - 1 : good) / 1000 % 7 + 2}-{(shares ? good - 1 : good) % 1000 + 1000:0000}") : "";
        var language = (good % 3) switch { 0 => "español", 1 => "en-US", _ => "" };
        file.Append(CultureInfo.InvariantCulture, $"good-{good},\"Driver, No. {good}\",{phone},{language},{(agrees ? $"sí,{OptIn}" : ",,,,,,")}\r\n");
        said.Add($"{number} added{(shares ? " shared" : "")}{(agrees ? " granted" : "")}");
    }

    private static (string Row, string Said) Bad(int kind)
    {
        if (kind >= s_bad.Length)
        {
            var whole = s_whole[kind - s_bad.Length].Split('|');
            return (whole[0], whole[1]);
        }
        var (row, said) = s_bad[kind];
        return (row + new string(',', Cells - 1 - CountCommas(row)), said);
    }

    private static int CountCommas(string row)
    {
        var (commas, isQuoted) = (0, false);
        foreach (var character in row.Replace("O\"Brien", "", StringComparison.Ordinal))
        {
            if (character == '"') isQuoted = !isQuoted;
            else if (character == ',' && !isQuoted) commas++;
        }
        return commas;
    }
}
