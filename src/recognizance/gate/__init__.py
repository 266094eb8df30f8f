"""The gate: a submission goes in, a decision by cited rules comes out, then a signed permit.

`fields` is the vocabulary, `submission` reads what is asked, `facts` derives what follows from it,
`cards` loads the rules, `cedar` compiles them, and `decide` puts the question.
"""
