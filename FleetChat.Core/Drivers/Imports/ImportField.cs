using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What a column of a roster can mean.</summary>
public enum ImportField
{
    SamsaraDriverId,
    Name,
    FirstName,
    LastName,
    Phone,
    Language,

    /// <summary>The company's own number for him. Shown with the row's result, and not kept.</summary>
    Reference,

    /// <summary>Whether the row's evidence counts: yes or no.</summary>
    Consent,
    AgreedAt,
    Method,
    Text,
    TextVersion,
    TextLanguage,
    Evidence,

    /// <summary>As Samsara's roster has it; no file's column.</summary>
    TimeZone,
}

/// <summary>Names of columns, as people write them.</summary>
public static class ImportFields
{
    /// <summary>For a column that is to be passed over.</summary>
    public const string Ignore = "ignore";

    /// <summary>In rows, as many as there are fields.</summary>
    public static readonly int Count = Enum.GetValues<ImportField>().Length;

    private static readonly (ImportField Field, string Name, string[] Aliases)[] s_all =
    [
        // The more precise first: where a file has two columns for one field, it is the first of these that counts.
        (ImportField.SamsaraDriverId, "samsara_driver_id", ["samsara id", "id de samsara", "samsara driver", "driver id", "id del conductor", "id conductor", "id chofer", "id du conducteur", "id"]),
        (ImportField.Name, "name", ["full name", "driver name", "nombre completo", "nombre y apellido", "nombre del conductor", "nom complet", "driver", "conductor", "chofer", "operador", "conducteur", "chauffeur", "employee name", "nombre", "nom"]),
        (ImportField.FirstName, "first_name", ["given name", "forename", "primer nombre", "nombres", "prenom"]),
        (ImportField.LastName, "last_name", ["surname", "family name", "apellido", "apellidos", "nom de famille"]),
        (ImportField.Phone, "phone", ["whatsapp", "whatsapp number", "numero de whatsapp", "mobile", "mobile phone", "mobile number", "cell", "cell phone", "cellphone", "cell number", "celular", "telefono celular",
            "movil", "telefono movil", "phone number", "telefono", "numero de telefono", "telephone", "telephone mobile", "portable", "tel", "number", "numero"]),
        (ImportField.Language, "language", ["lang", "preferred language", "idioma", "lengua", "idioma preferido", "langue"]),
        (ImportField.Reference, "reference", ["employee id", "employee number", "employee no", "payroll id", "numero de empleado", "num de empleado", "numero empleado", "id de empleado", "no de empleado", "numero d'employe", "matricule"]),
        (ImportField.Consent, "consent", ["opt in", "optin", "consentimiento", "acepta", "consentement", "agreed", "whatsapp consent", "whatsapp opt in"]),
        (ImportField.AgreedAt, "opt_in.agreed_at", ["consent date", "opt in date", "agreed at", "agreed on", "date of consent", "fecha de consentimiento", "fecha consentimiento", "date de consentement"]),
        (ImportField.Method, "opt_in.method", ["consent method", "opt in method", "how", "metodo de consentimiento", "methode de consentement"]),
        (ImportField.Text, "opt_in.text", ["consent text", "opt in text", "wording", "texto de consentimiento", "texte de consentement"]),
        (ImportField.TextVersion, "opt_in.text_version", ["consent version", "text version", "consent text version", "version de consentimiento", "version"]),
        (ImportField.TextLanguage, "opt_in.language", ["consent language", "text language", "idioma de consentimiento"]),
        (ImportField.Evidence, "opt_in.evidence", ["consent evidence", "proof", "proof of consent", "form", "evidencia", "prueba", "formulario", "preuve"]),
    ];

    /// <summary>By which fields are named in requests and answers.</summary>
    public static readonly IReadOnlyList<string> Names = [.. s_all.Select(f => f.Name)];

    private static readonly FrozenDictionary<string, ImportField> s_byName = s_all.ToFrozenDictionary(f => f.Name, f => f.Field);

    private static readonly FrozenDictionary<string, (ImportField Field, int Rank)> s_byAlias = s_all
        .SelectMany(f => f.Aliases.Prepend(f.Name).Select((alias, rank) => (Key: KeyOf(alias), f.Field, Rank: rank)))
        .DistinctBy(a => a.Key)
        .ToFrozenDictionary(a => a.Key, a => (a.Field, a.Rank));

    public static string NameOf(ImportField field) => Array.Find(s_all, f => f.Field == field).Name ?? "time_zone";

    public static ImportField? FindByName(string name) => s_byName.TryGetValue(name, out var field) ? field : null;

    /// <param name="given">By header, as the company wrote it: a field's name, or <see cref="Ignore"/>.</param>
    /// <returns>For each column its field; null: it is passed over. No field twice.</returns>
    public static ImportField?[] Understand(IReadOnlyList<string> headers, IReadOnlyDictionary<string, string>? given)
    {
        var said = (given ?? FrozenDictionary<string, string>.Empty).Select(g => (Key: KeyOf(g.Key), Field: g.Value)).DistinctBy(g => g.Key).ToDictionary(g => g.Key, g => g.Field);
        var explicitly = headers.Select(header => FindGiven(header, said)).ToArray();
        HashSet<ImportField> taken = [.. explicitly.Select(e => e.Field).OfType<ImportField>()];
        var understood = explicitly.Select(e => e.Field).ToArray();
        var guesses = headers.Select((header, at) => (At: at, Guess: explicitly[at].IsGiven ? null : FindAlias(header)))
            .Where(g => g.Guess is not null && !taken.Contains(g.Guess.Value.Field))
            .GroupBy(g => g.Guess!.Value.Field);
        foreach (var rivals in guesses) understood[rivals.MinBy(r => (r.Guess!.Value.Rank, r.At)).At] = rivals.Key;
        for (var at = 0; at < understood.Length; at++)
        {
            if (understood[at] is { } field && Array.IndexOf(understood, field) < at) understood[at] = null;
        }
        return understood;
    }

    private static (bool IsGiven, ImportField? Field) FindGiven(string header, Dictionary<string, string> said)
        => said.TryGetValue(KeyOf(header), out var field) ? (true, field == Ignore ? null : FindByName(field)) : (false, null);

    private static (ImportField Field, int Rank)? FindAlias(string header) => s_byAlias.TryGetValue(KeyOf(header), out var alias) ? alias : null;

    /// <summary>Letters and digits alone, without accents and case.</summary>
    internal static string KeyOf(string header)
    {
        var key = new StringBuilder(header.Length);
        foreach (var character in Decompose(header))
        {
            if (char.IsLetterOrDigit(character) && CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark) key.Append(char.ToLowerInvariant(character));
        }
        return key.Length == 0 ? header.Trim() : key.ToString();
    }

    private static string Decompose(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormD);
        }
        catch (ArgumentException)
        {
            // Not everything that a file can hold is text to Unicode.
            return text;
        }
    }
}
